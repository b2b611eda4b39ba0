package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"time"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/access"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
	"github.com/streamflow/streamflow/services/gateway/internal/console"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
	"github.com/streamflow/streamflow/services/gateway/internal/events"
	"github.com/streamflow/streamflow/services/gateway/internal/health"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
	"github.com/streamflow/streamflow/services/gateway/internal/rest"
	"github.com/streamflow/streamflow/services/gateway/internal/watch"
)

// openPaths are answered under any name: who looks whether a pod lives calls it by its
// address. They tell nothing but that, and the version, as every answer does.
var openPaths = []string{livePath, readyPath}

// freePaths are served to whoever asks, known or not: besides health what is the same in
// every installation, and the way in.
var freePaths = append([]string{"/openapi.json", "/console.css", "/favicon.svg", "/favicon.ico", access.LoginPath, access.CallbackPath, access.LogoutPath}, openPaths...)

const livePath, readyPath = "/livez", "/readyz"

// routes is every path that the gateway serves. stopping ends streams; deps.Stopping, which
// comes before it, only tells load balancers.
func routes(backends *backend.Set, rules *contract.Contract, gate *access.Gate, watches *watch.Watches, stopping <-chan struct{}, deps daemon.Deps) (http.Handler, error) {
	// The handlers live as long as the connections, which Close ends.
	api, err := rest.New(context.Background(), backends, rules)
	if err != nil {
		return nil, err
	}
	pages, err := console.New(backends, gate.Open(), func(r *http.Request) *console.Visitor { return (*console.Visitor)(gate.Visitor(r)) })
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/v1/", api)
	mux.Handle("GET /v1/runs/{run}/events", events.New(backends.Orchestrator, watches, stopping))
	get(mux, "/openapi.json", document())
	get(mux, livePath, http.HandlerFunc(health.Live))
	get(mux, readyPath, health.Ready(backends.Services(), deps.Stopping, deps.Door.Broken))
	for at, page := range pages.Routes() {
		get(mux, at, page)
	}
	refuse := refused(pages, gate)
	get(mux, access.LoginPath, gate.Login(refuse))
	get(mux, access.CallbackPath, gate.Callback(refuse))
	post(mux, access.LogoutPath, gate.Logout(refuse))
	mux.HandleFunc("/", withoutSlash(mux, notFound(pages)))
	return certified(gate.Only(mux, refuse, freePaths...), deps.Door.Clients(), refuse), nil
}

// certified passes on what comes over a connection whose client showed a certificate, where
// one is asked for. Who looks whether a pod lives has none.
func certified(next http.Handler, clients door.Clients, refuse func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := clients.CheckConnection(r.TLS); err != nil && !slices.Contains(openPaths, r.URL.Path) {
			refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// get serves a path for GET and HEAD, and says of other methods that it does.
func get(mux *http.ServeMux, at string, h http.Handler) {
	mux.Handle("GET "+at, h)
	mux.HandleFunc(at, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", "GET, HEAD")
		problemjson.HTTP(http.StatusMethodNotAllowed,
			fmt.Sprintf("%s is not served at %s: use GET", r.Method, r.URL.Path), "").Write(w, r)
	})
}

// post serves a path that a form of the page leads to.
func post(mux *http.ServeMux, at string, h http.Handler) {
	mux.Handle("POST "+at, h)
	mux.HandleFunc(at, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", "POST")
		problemjson.HTTP(http.StatusMethodNotAllowed, fmt.Sprintf("%s is not served at %s: its form is on the page", r.Method, r.URL.Path), "").Write(w, r)
	})
}

// withoutSlash leads a path with a slash too many at its end to the page that is there
// without it.
func withoutSlash(mux *http.ServeMux, otherwise http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		there := path.Clean("/" + r.URL.Path) // and never //host, which is elsewhere
		if there != r.URL.Path && r.Method != http.MethodPost {
			u := url.URL{Path: there, RawQuery: r.URL.RawQuery}
			if _, pattern := mux.Handler(&http.Request{Method: http.MethodGet, URL: &u, Host: r.Host}); pattern != "/" {
				http.Redirect(w, r, u.String(), http.StatusPermanentRedirect)
				return
			}
		}
		otherwise(w, r)
	}
}

// notFound answers a browser with a page, and everything else with a problem.
func notFound(pages *console.Console) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		said := "there is nothing at " + r.URL.Path
		if console.ForBrowser(r) {
			pages.Problem(w, r, problemjson.HTTP(http.StatusNotFound, said, "The board is at /, and links to everything else."))
			return
		}
		problemjson.HTTP(http.StatusNotFound, said, "GET /openapi.json lists what is served; the page is at /.").Write(w, r)
	}
}

// refused leads a browser to where its person signs in, where there is such a place, answers
// it with a page otherwise, and everything else with a problem.
func refused(pages *console.Console, gate *access.Gate) func(http.ResponseWriter, *http.Request, error) {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		if console.ForBrowser(r) {
			if to := gate.ToSignIn(r, err); to != "" {
				w.Header().Set("Cache-Control", "no-store")
				http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // to our own /login
				return
			}
			d := problemjson.FromError(err)
			switch {
			case d.Status == http.StatusUnauthorized && gate.SignsIn():
				d.Action += " Sign in at `" + access.LoginPath + "`."
			case d.Status == http.StatusUnauthorized:
				d.Action = "Make a link to the page with `sfctl auth link`, and open it here; `sfctl dev` prints one when it starts."
			}
			pages.Problem(w, r, d)
			return
		}
		problemjson.Error(w, r, err)
	}
}

// document serves the OpenAPI document. It changes only with the program, so a client
// that has it is told so.
func document() http.HandlerFunc {
	sum := sha256.Sum256(openapi.Document)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("ETag", tag)
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Type", "application/json")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(openapi.Document))
	}
}
