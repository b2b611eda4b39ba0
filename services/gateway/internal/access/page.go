package access

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/safeurl"
)

// Page is the address that browsers open the page at; the zero value where none was given.
type Page struct{ scheme, host string }

// ParsePage reads an address of the page, such as https://streamflow.example.com. Errors: one
// that others could answer at, and one with a path.
func ParsePage(address string) (Page, error) {
	if address == "" {
		return Page{}, nil
	}
	if err := safeurl.Check(address); err != nil {
		return Page{}, fmt.Errorf("page-url: %w", err)
	}
	u, err := url.Parse(address)
	if err != nil || strings.Trim(u.Path, "/") != "" {
		return Page{}, fmt.Errorf("page-url: expected an address without a path, found %q", address)
	}
	return Page{scheme: u.Scheme, host: strings.ToLower(u.Host)}, nil
}

// Host is the name that browsers call the page by, without a port; empty where none was given.
func (p Page) Host() string { return (&url.URL{Host: p.host}).Hostname() }

func (p Page) secure() bool { return p.scheme == "https" }

// back is where an issuer sends browsers back to: to the page's address, or, where none was
// given, to what the browser called, on this machine alone. Errors: UNAUTHENTICATED.
func (g *Gate) back(r *http.Request) (string, error) {
	at := url.URL{Scheme: g.page.scheme, Host: g.page.host, Path: CallbackPath}
	if at.Host != "" {
		return at.String(), nil
	}
	at.Scheme, at.Host = "http", r.Host
	if r.TLS != nil {
		at.Scheme = "https"
	}
	name := strings.ToLower(at.Hostname())
	if name != "localhost" && !net.ParseIP(name).IsLoopback() { // a name below localhost is a link's, and no issuer knows it
		return "", problem.New(problem.Unauthenticated, "nobody can sign in at %s: the gateway does not know that the page is there", at.Host).
			Advise("Who runs the gateway says at which address browsers open the page (SF_PAGE_URL).")
	}
	return at.String(), nil
}
