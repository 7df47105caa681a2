package main

import (
	"slices"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/errors"
	parser "github.com/scim2/filter-parser/v2"
)

func apply(attributes scim.ResourceAttributes, operation scim.PatchOperation) error {
	if operation.Path == nil {
		several, ok := operation.Value.(map[string]any)
		if !ok {
			return errors.ScimErrorNoTarget
		}
		for name, value := range several {
			applyTo(attributes, operation.Op, name, value)
		}
		return nil
	}
	name := operation.Path.AttributePath.AttributeName
	if expression := operation.Path.ValueExpression; expression != nil {
		equal, ok := expression.(*parser.AttributeExpression)
		if !ok || operation.Op != "remove" || name != "members" || equal.Operator != parser.EQ {
			return errors.ScimErrorInvalidPath
		}
		id, _ := equal.CompareValue.(string)
		removeMembers(attributes, []string{id})
		return nil
	}
	if operation.Path.AttributePath.SubAttribute != nil {
		return errors.ScimErrorInvalidPath
	}
	applyTo(attributes, operation.Op, name, operation.Value)
	return nil
}

func applyTo(attributes scim.ResourceAttributes, op, name string, value any) {
	switch {
	case op == "add" && name == "members":
		old := values(attributes[name])
		members := slices.Clone(elements(attributes[name]))
		for _, member := range elements(value) {
			if !slices.Contains(old, values([]any{member})[0]) {
				members = append(members, member)
			}
		}
		attributes[name] = members
	case op == "remove" && name == "members" && value != nil:
		removeMembers(attributes, values(value))
	case op == "remove":
		delete(attributes, name)
	default:
		attributes[name] = value
	}
}

func removeMembers(attributes scim.ResourceAttributes, ids []string) {
	attributes["members"] = slices.DeleteFunc(slices.Clone(elements(attributes["members"])), func(member any) bool {
		return slices.Contains(ids, values([]any{member})[0])
	})
}

// values are the ids of members.
func values(members any) []string {
	var ids []string
	for _, member := range elements(members) {
		attributes, _ := member.(map[string]any)
		id, _ := attributes["value"].(string)
		ids = append(ids, id)
	}
	return ids
}

func elements(members any) []any {
	if one, ok := members.(map[string]any); ok {
		return []any{one}
	}
	several, _ := members.([]any)
	return several
}
