// Drives a server with the client that the vendor generated from the description of its API, and prints what came of each
// call. Each answer that says yes must be valid by that description. Arguments: host:port, login, password, token.
package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"strconv"

	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"
	goapi "github.com/grafana/grafana-openapi-client-go/client"
	"github.com/grafana/grafana-openapi-client-go/client/org"
	"github.com/grafana/grafana-openapi-client-go/client/teams"
	"github.com/grafana/grafana-openapi-client-go/models"
)

type validated interface {
	Validate(strfmt.Registry) error
}

// said prints the outcome of a call, and answers its payload.
func said[T any](what string, answer T, err error) T {
	var undocumented *runtime.APIError
	switch {
	case errors.As(err, &undocumented):
		fmt.Printf("%s: undocumented %d\n", what, undocumented.Code)
	case err != nil:
		coded, isCoded := err.(interface{ Code() int })
		if !isCoded {
			fmt.Printf("%s: %T %v\n", what, err, err)
			os.Exit(1)
		}
		fmt.Printf("%s: %d\n", what, coded.Code())
	default:
		validate(what, reflect.ValueOf(answer).Elem().FieldByName("Payload").Interface())
		fmt.Printf("%s: ok\n", what)
	}
	return answer
}

func validate(what string, payload any) {
	if list := reflect.ValueOf(payload); list.Kind() == reflect.Slice {
		for index := range list.Len() {
			validate(what, list.Index(index).Interface())
		}
		return
	}
	checked, isChecked := payload.(validated)
	if !isChecked {
		fmt.Printf("%s: %T cannot be validated\n", what, payload)
		os.Exit(1)
	}
	if err := checked.Validate(strfmt.Default); err != nil {
		fmt.Printf("%s: the answer is not valid: %v\n", what, err)
		os.Exit(1)
	}
}

func main() {
	config := func() *goapi.TransportConfig {
		return &goapi.TransportConfig{Host: os.Args[1], BasePath: "/api", Schemes: []string{"http"}, NumRetries: 0}
	}
	basic := config()
	basic.BasicAuth, basic.OrgID = url.UserPassword(os.Args[2], os.Args[3]), 1
	wrong := config()
	wrong.BasicAuth, wrong.OrgID = url.UserPassword(os.Args[2], "wrong"), 1
	token := config()
	token.APIKey, token.HTTPHeaders = os.Args[4], map[string]string{"X-Grafana-Org-Id": "1"}
	admin := goapi.NewHTTPClientWithConfig(strfmt.Default, basic)
	nobody := goapi.NewHTTPClientWithConfig(strfmt.Default, wrong)
	service := goapi.NewHTTPClientWithConfig(strfmt.Default, token)

	health, err := admin.Health.GetHealth()
	said("health", health, err)
	current, err := admin.Org.GetCurrentOrg()
	said("organization", current, err)
	own, err := admin.SignedInUser.GetSignedInUser()
	said("own account", own, err)
	own, err = nobody.SignedInUser.GetSignedInUser()
	said("own account with a wrong password", own, err)

	name, password := "engineers", models.Password("Correct-horse-1")
	form := &models.AdminCreateUserForm{Login: "Ada", Email: "Ada@corp.example", Name: "Ada L", Password: password, OrgID: 1}
	created, err := admin.AdminUsers.AdminCreateUser(form)
	said("create user", created, err)
	again, err := admin.AdminUsers.AdminCreateUser(form)
	said("create user again", again, err)
	foreign, err := service.AdminUsers.AdminCreateUser(form)
	said("create user with a token", foreign, err)
	ada := created.Payload.ID
	role, err := admin.Org.UpdateOrgUserForCurrentOrg(ada, &models.UpdateOrgUserCommand{Role: "Viewer"})
	said("set role", role, err)
	added, err := admin.Org.AddOrgUserToCurrentOrg(&models.AddOrgUserCommand{LoginOrEmail: "ada", Role: "Viewer"})
	said("add to organization again", added, err)
	users, err := service.Org.GetOrgUsersForCurrentOrg(org.NewGetOrgUsersForCurrentOrgParams())
	said("users of the organization", users, err)
	found, err := admin.Users.SearchUsersWithPaging()
	said("users of the server", found, err)
	profile, err := admin.Users.GetUserByID(ada)
	said("user", profile, err)
	missing, err := admin.Users.GetUserByID(9999)
	said("unknown user", missing, err)
	updated, err := admin.Users.UpdateUser(ada, &models.UpdateUserCommand{Login: "ada", Email: "ada@corp.example", Name: "A L"})
	said("update user", updated, err)
	taken, err := admin.Users.UpdateUser(ada, &models.UpdateUserCommand{Login: "admin", Email: "ada@corp.example", Name: "A L"})
	said("update user to a taken login", taken, err)

	team, err := service.Teams.CreateTeam(&models.CreateTeamCommand{Name: &name, Email: "mark@example.invalid"})
	said("create team", team, err)
	twice, err := service.Teams.CreateTeam(&models.CreateTeamCommand{Name: &name, Email: "other@example.invalid"})
	said("create team again", twice, err)
	id := strconv.FormatInt(team.Payload.TeamID, 10)
	page, size := int64(1), int64(1000)
	list, err := service.Teams.SearchTeams(teams.NewSearchTeamsParams().WithPage(&page).WithPerpage(&size))
	said("teams", list, err)
	one, err := service.Teams.GetTeamByID(teams.NewGetTeamByIDParams().WithTeamID(id))
	said("team", one, err)
	none, err := service.Teams.GetTeamByID(teams.NewGetTeamByIDParams().WithTeamID("9999"))
	said("unknown team", none, err)
	renamed, err := service.Teams.UpdateTeam(id, &models.UpdateTeamCommand{Name: "Engineers", Email: "e@corp.example"})
	said("rename team", renamed, err)
	joined, err := service.Teams.AddTeamMember(id, &models.AddTeamMemberCommand{UserID: &ada})
	said("add member", joined, err)
	joined, err = service.Teams.AddTeamMember(id, &models.AddTeamMemberCommand{UserID: &ada})
	said("add member again", joined, err)
	set, err := service.Teams.SetTeamMemberships(id, &models.SetTeamMembershipsCommand{Members: []string{"nobody@corp.example"}, Admins: []string{}})
	said("set members with an unknown address", set, err)
	set, err = service.Teams.SetTeamMemberships(id, &models.SetTeamMembershipsCommand{Members: []string{}, Admins: []string{"ada@corp.example"}})
	said("set members", set, err)
	members, err := service.Teams.GetTeamMembers(id)
	said("members", members, err)
	left, err := service.Teams.RemoveTeamMember(ada, id)
	said("remove member", left, err)
	left, err = service.Teams.RemoveTeamMember(ada, id)
	said("remove member again", left, err)
	deleted, err := service.Teams.DeleteTeamByID(id)
	said("delete team", deleted, err)
	deleted, err = service.Teams.DeleteTeamByID(id)
	said("delete team again", deleted, err)

	disabled, err := admin.AdminUsers.AdminDisableUser(ada)
	said("disable user", disabled, err)
	enabled, err := admin.AdminUsers.AdminEnableUser(ada)
	said("enable user", enabled, err)
	out, err := admin.AdminUsers.AdminLogoutUser(ada)
	said("log user out", out, err)
}
