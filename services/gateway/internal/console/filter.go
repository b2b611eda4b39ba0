package console

import (
	"net/http"
	"net/url"
	"strings"
)

// filter is a field of the form above a list, by which less of it is shown.
type filter struct {
	// Name is the parameter, Label what stands at the field.
	Name, Label string
	// Type is that of the field; empty where there are options.
	Type string
	// Value is what was asked for, Hint an example of it.
	Value, Hint string
	// Options are all that can be asked for, besides everything.
	Options []string
}

// trimmed are parameters without blanks around them, each once.
func trimmed(asked url.Values) url.Values {
	all := url.Values{}
	for name := range asked {
		all.Set(name, strings.TrimSpace(asked.Get(name)))
	}
	return all
}

// allowForm lets a browser send the form of a page back to where it came from, which the
// policy of every other page forbids.
func allowForm(h http.Header) {
	const policy = "Content-Security-Policy"
	h.Set(policy, strings.Replace(h.Get(policy), "form-action 'none'", "form-action 'self'", 1))
}
