package main

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
)

// store has the resources of one type, in the order of their creation.
type store struct {
	mutex  sync.Mutex
	last   int
	all    []scim.Resource
	unique string
	// For groups: whose ids their members must have.
	users *store
	// Whether e-mail addresses are unique too, and the groups that a deleted user leaves.
	isStrict bool
	groups   *store
}

func (s *store) Create(_ *http.Request, attributes scim.ResourceAttributes) (scim.Resource, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.check("", attributes); err != nil {
		return scim.Resource{}, err
	}
	s.last++
	s.all = append(s.all, resource(strconv.Itoa(s.last), attributes))
	return s.all[len(s.all)-1], nil
}

func (s *store) Get(_ *http.Request, id string) (scim.Resource, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	at, err := s.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	return s.all[at], nil
}

func (s *store) GetAll(_ *http.Request, list scim.ListRequestParams) (scim.Page, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var found []scim.Resource
	for _, one := range s.all {
		if list.FilterValidator == nil || list.FilterValidator.PassesFilter(one.Attributes) == nil {
			found = append(found, one)
		}
	}
	first := min(list.StartIndex-1, len(found))
	last := min(first+list.Count, len(found))
	return scim.Page{TotalResults: len(found), Resources: found[first:last]}, nil
}

func (s *store) Replace(_ *http.Request, id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.change(id, func(scim.ResourceAttributes) (scim.ResourceAttributes, error) { return attributes, nil })
}

func (s *store) Patch(_ *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.change(id, func(old scim.ResourceAttributes) (scim.ResourceAttributes, error) {
		changed := maps.Clone(old)
		for _, operation := range operations {
			if err := apply(changed, operation); err != nil {
				return nil, err
			}
		}
		return changed, nil
	})
}

func (s *store) Delete(_ *http.Request, id string) error {
	if s.groups != nil {
		s.groups.forget(id)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	at, err := s.find(id)
	if err == nil {
		s.all = slices.Delete(s.all, at, at+1)
	}
	return err
}

// forget removes a user from all groups.
func (s *store) forget(user string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for at, group := range s.all {
		if slices.Contains(values(group.Attributes["members"]), user) {
			changed := maps.Clone(group.Attributes)
			removeMembers(changed, []string{user})
			s.all[at] = resource(group.ID, changed)
		}
	}
}

// change applies all of a change, or nothing.
func (s *store) change(id string, change func(scim.ResourceAttributes) (scim.ResourceAttributes, error)) (scim.Resource, error) {
	at, err := s.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	changed, err := change(s.all[at].Attributes)
	if err == nil {
		err = s.check(id, changed)
	}
	if err != nil {
		return scim.Resource{}, err
	}
	s.all[at] = resource(id, changed)
	return s.all[at], nil
}

func (s *store) check(id string, attributes scim.ResourceAttributes) error {
	name, _ := attributes[s.unique].(string)
	for _, other := range s.all {
		taken, _ := other.Attributes[s.unique].(string)
		if other.ID == id {
			continue
		}
		if strings.EqualFold(taken, name) || s.isStrict && shareOne(other.Attributes["emails"], attributes["emails"]) {
			return errors.ScimErrorUniqueness
		}
	}
	for _, member := range values(attributes["members"]) {
		if _, err := s.users.Get(nil, member); err != nil {
			return errors.ScimErrorInvalidValue
		}
	}
	return nil
}

func shareOne(some, others any) bool {
	return slices.ContainsFunc(values(some), func(value string) bool { return slices.Contains(values(others), value) })
}

func (s *store) find(id string) (int, error) {
	at := slices.IndexFunc(s.all, func(one scim.Resource) bool { return one.ID == id })
	if at < 0 {
		return at, errors.ScimErrorResourceNotFound(id)
	}
	return at, nil
}

func resource(id string, attributes scim.ResourceAttributes) scim.Resource {
	made := scim.Resource{ID: id, Attributes: attributes}
	if external, ok := attributes["externalId"].(string); ok {
		made.ExternalID = optional.NewString(external)
	}
	return made
}
