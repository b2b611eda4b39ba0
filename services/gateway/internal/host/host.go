// Package host answers requests that name the gateway by one of its own names, and no
// others. A page of another site can have its own name lead to this machine once it is
// loaded (DNS rebinding): its requests are then same-origin for the browser of whoever
// looks at it, and only the name in them tells that they were meant for somebody else.
package host

import (
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// Names are those that the gateway is called by, beside loopback's.
type Names struct {
	exact map[string]bool
	// below are the domains of which every name below is one, each with its dot before.
	below []string
}

// Of reads names: a host's without its port, or *.example.com for every name below
// example.com. listen is the address that the gateway listens on, which is a name of it
// as well where it is one host's.
func Of(names []string, listen string) (Names, error) {
	n := Names{exact: map[string]bool{}}
	for _, name := range names {
		domain, wild := strings.CutPrefix(name, "*.")
		plain := normal(domain)
		if plain == "" || strings.ContainsAny(plain, "*/ @") || strings.Contains(plain, ":") && net.ParseIP(plain) == nil || wild && net.ParseIP(plain) != nil {
			return Names{}, fmt.Errorf("allowed host %q: expected a host's name or address without a port, or *.example.com", name)
		}
		if wild {
			n.below = append(n.below, "."+plain)
		} else {
			n.exact[plain] = true
		}
	}
	if at, _, err := net.SplitHostPort(listen); err == nil && at != "" && !net.ParseIP(at).IsUnspecified() {
		n.exact[normal(at)] = true
	}
	return n, nil
}

// Knows says whether a request's Host is a name of the gateway.
func (n Names) Knows(requested string) bool {
	name := requested
	if without, _, err := net.SplitHostPort(requested); err == nil {
		name = without
	}
	name = normal(name)
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || net.ParseIP(name).IsLoopback() || n.exact[name] {
		return true
	}
	for _, domain := range n.below {
		if len(name) > len(domain) && strings.HasSuffix(name, domain) {
			return true
		}
	}
	return false
}

// normal is a name as it compares: DNS knows no letter case, and a dot at the end says
// that the name is whole.
func normal(name string) string {
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// Only passes on what names the gateway, and answers the rest with 421. What lies at the
// open paths is for any: load balancers look at a pod by its address.
func (n Names) Only(next http.Handler, open ...string) http.Handler {
	free := map[string]bool{}
	for _, path := range open {
		free[path] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if free[r.URL.Path] || n.Knows(r.Host) {
			next.ServeHTTP(w, r)
			return
		}
		problemjson.HTTP(http.StatusMisdirectedRequest,
			fmt.Sprintf("the request is for the host %.100q, which is no name of this gateway", r.Host), "").Write(w, r)
	})
}
