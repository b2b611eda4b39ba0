package console

import (
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// trouble is a service that did not answer: the page shows what the others said.
type trouble struct {
	Service, Detail string
}

// troubles collects them from calls that go on at the same time.
type troubles struct {
	mu   sync.Mutex
	seen []trouble
}

// note adds a failed call, each service once, and says whether the call failed.
func (t *troubles) note(service string, err error) bool {
	if err == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.ContainsFunc(t.seen, func(o trouble) bool { return o.Service == service }) {
		detail, _, _ := strings.Cut(problem.FromError(err).Message, "\n")
		t.seen = append(t.seen, trouble{service, detail})
	}
	return true
}

func (t *troubles) list() []trouble {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.SortedFunc(slices.Values(t.seen), func(a, b trouble) int { return strings.Compare(a.Service, b.Service) })
}

func (t *troubles) status() int {
	if len(t.list()) > 0 {
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

// problem shows an error as a page.
func (c *Console) problem(w http.ResponseWriter, r *http.Request, err error) {
	c.Problem(w, r, problemjson.FromError(err))
}

// Problem answers a request with a problem as a page.
func (c *Console) Problem(w http.ResponseWriter, r *http.Request, d problemjson.Document) {
	d = d.For(r)
	c.render(w, r, d.Status, problemPage, problemView{page{Title: string(d.Reason)}, d, advice(d.Action, r.PathValue("dataset"))})
}

// ForBrowser is true of a request for something to read: a browser names pages of HTML
// among what it accepts, and a program that takes anything gets no page.
func ForBrowser(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	for _, accepted := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		media, params, err := mime.ParseMediaType(accepted)
		if err == nil && (media == "text/html" || media == "application/xhtml+xml") && params["q"] != "0" {
			return true
		}
	}
	return false
}

type problemView struct {
	page
	Problem problemjson.Document
	// Action is what to do, with links to the pages that it speaks of.
	Action []entry
}

// page is what the layout needs of every page.
type page struct {
	Title string
	// Refresh is the number of seconds after which the page loads itself again; 0 for never.
	Refresh int
}
