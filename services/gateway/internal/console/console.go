// Package console is the pages of the gateway: the board of as_of dates with the
// newest runs, and pages of runs, batches, validations, datasets, snapshots, training sets
// and the audit log. They are rendered here, hold no script, and show nothing that the REST
// interface does not give.
package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"time"
	"unicode"

	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/gateway/internal/access"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed assets/console.css
var styleSheet []byte

//go:embed assets/favicon.svg
var icon []byte

// pageTimeout is how long a page may wait for the services: a person does not wait
// longer, and a part that is missing is said to be.
const pageTimeout = 10 * time.Second

// overviewFresh is how long the first page is shown again as it is: it costs hundreds of
// calls, and any number of people may look at it, or reload it, at once.
const overviewFresh = time.Second

// Console renders the pages.
type Console struct {
	services *backend.Set
	pages    map[string]*template.Template
	overview shared[overview]
	// open says that nobody is asked for a token, which every page tells.
	open    bool
	visitor func(*http.Request) *Visitor
}

// Visitor is whose session a page is shown in, and what its forms hold so that no other
// site's page can send them.
type Visitor struct{ Name, CSRF string }

const (
	homePage    = "home.html"
	runPage     = "run.html"
	sheetPage   = "sheet.html"
	problemPage = "problem.html"
)

// New reads the templates. open says that nobody is asked for a token, and visitor whose
// session a request comes in, nil for none.
func New(services *backend.Set, open bool, visitor func(*http.Request) *Visitor) (*Console, error) {
	c := &Console{services: services, pages: map[string]*template.Template{}, overview: shared[overview]{fresh: overviewFresh}, open: open, visitor: visitor}
	for _, name := range []string{homePage, runPage, sheetPage, problemPage} {
		t, err := template.New(name).Funcs(functions).Funcs(template.FuncMap{"open": func() bool { return c.open }}).ParseFS(templates, "templates/layout.html", "templates/findings.html", "templates/"+name)
		if err != nil {
			return nil, fmt.Errorf("read the page %s: %w", name, err)
		}
		c.pages[name] = t
	}
	return c, nil
}

// Routes returns the handlers by path, as http.ServeMux has them; all answer GET.
func (c *Console) Routes() map[string]http.Handler {
	return map[string]http.Handler{
		"/{$}":                                  http.HandlerFunc(c.home),
		"/runs":                                 c.list("Runs", c.runList, "dataset"),
		"/runs/{run}":                           http.HandlerFunc(c.run),
		"/batches/{batch}":                      c.record(c.batch),
		"/validations/{validation}":             c.record(c.validation),
		"/datasets":                             c.list("Datasets", c.datasetList),
		"/datasets/{dataset}":                   c.record(c.dataset),
		"/datasets/{dataset}/batches":           c.list("Batches", c.batchList),
		"/datasets/{dataset}/validations":       c.list("Validations", c.validationList),
		"/datasets/{dataset}/snapshots":         c.list("Snapshots", c.snapshotList),
		"/datasets/{dataset}/snapshots/{as_of}": c.record(c.snapshot),
		"/datasets/{dataset}/revisions":         c.list("Revisions", c.revisionList),
		"/datasets/{dataset}/restatements":      c.list("Restatements", c.restatementList),
		"/datasets/{dataset}/gaps":              c.list("Gaps", c.gapList),
		"/datasets/{dataset}/retention":         c.record(c.retention),
		"/datasets/{dataset}/diff":              c.record(c.diff),
		"/datasets/{dataset}/training-sets":     c.list("Training sets", c.trainingSetList),
		"/training-sets/{training_set}":         c.record(c.trainingSet),
		"/audit":                                c.list("Audit log", c.auditList, auditParams...),
		"/console.css":                          asset("text/css; charset=utf-8", styleSheet),
		"/favicon.svg":                          asset("image/svg+xml", icon),
		"/favicon.ico":                          http.RedirectHandler("/favicon.svg", http.StatusMovedPermanently),
	}
}

// framed is a page within what all pages have around them.
type framed struct {
	View any
	// Audit says whether the audit log is for whoever asked, so that a link leads there.
	Audit bool
	// Visitor is nil where the page is shown in no session.
	Visitor *Visitor
}

func asset(contentType string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "max-age=300")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

// render executes a page before it answers, so that a page is whole or not there.
func (c *Console) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var b bytes.Buffer
	visitor := c.visitor(r)
	if err := c.pages[name].ExecuteTemplate(&b, "layout", framed{data, c.open || access.MayForAll(r.Context(), auditMethod), visitor}); err != nil {
		problemjson.Error(w, r, fmt.Errorf("render %s: %w", name, err))
		return
	}
	h := w.Header()
	if visitor != nil {
		allowForm(h) // which signs out
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(bytes.Map(straight, b.Bytes())) // a client that has gone away needs no answer
}

// straight shows a character that turns the direction of text as one that is not known:
// a value of a file could otherwise pass itself, and what stands beside it, off as another.
func straight(r rune) rune {
	if prose.TurnsText(r) {
		return unicode.ReplacementChar
	}
	return r
}
