package console

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// The pages, by what they are of.

func datasetPath(dataset string) string { return "/datasets/" + url.PathEscape(dataset) }

func datasetLink(dataset string) entry {
	if dataset == "" {
		return words("")
	}
	return entry{Text: dataset, Link: datasetPath(dataset)}
}

func runLink(id string) entry        { return link("/runs/", id) }
func batchLink(id string) entry      { return link("/batches/", id) }
func validationLink(id string) entry { return link("/validations/", id) }

func snapshotLink(dataset, asOf string) entry {
	return entry{Text: asOf, Link: datasetPath(dataset) + "/snapshots/" + url.PathEscape(asOf)}
}

// pageOf is the same list from a page token on, of what was asked for; empty where there is
// no more.
func pageOf(r *http.Request, token string) string {
	if token == "" {
		return ""
	}
	asked := r.URL.Query()
	maps.DeleteFunc(asked, func(_ string, values []string) bool { return strings.Join(values, "") == "" })
	asked.Set("page_token", token)
	return r.URL.Path + "?" + asked.Encode()
}
