// CoreDNS with just what a node of the tests needs: the cluster's names, and those of a file.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
)

func main() {
	// A query passes them in this order.
	dnsserver.Directives = []string{"errors", "cache", "hosts", "kubernetes"}
	coremain.Run()
}
