// A SCIM 2.0 server: the library elimity-com/scim, which parses and validates, over users and groups in memory. PATCH is the
// handler's business in that library: here it knows members by filter and by value, and whole attributes.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"
)

func main() {
	host, port, token := os.Args[1], os.Args[2], os.Args[3]
	users := &store{unique: "userName"}
	groups := &store{unique: "displayName", users: users}
	// As a dashboard server with a database.
	if len(os.Args) > 4 && os.Args[4] == "strict" {
		users.isStrict, users.groups = true, groups
	}
	server, err := scim.NewServer(&scim.ServerArgs{
		ServiceProviderConfig: &scim.ServiceProviderConfig{SupportPatch: true, SupportFiltering: true, MaxResults: 100},
		ResourceTypes: []scim.ResourceType{
			{ID: optional.NewString("User"), Name: "User", Endpoint: "/Users", Schema: schema.CoreUserSchema(), Handler: users},
			{ID: optional.NewString("Group"), Name: "Group", Endpoint: "/Groups", Schema: schema.CoreGroupSchema(), Handler: groups},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(host+":"+port, http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if request.Header.Get("Authorization") != "Bearer "+token {
			http.Error(answer, "the bearer token is missing or wrong", http.StatusUnauthorized)
			return
		}
		server.ServeHTTP(answer, request)
	})))
}
