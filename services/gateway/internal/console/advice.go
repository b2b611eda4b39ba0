package console

import (
	"regexp"
	"strings"

	"github.com/streamflow/streamflow/services/gateway/internal/access"
)

// pageOfCommand are the pages that show what a command of sfctl lists. Those of a dataset
// begin with its page.
var pageOfCommand = map[string]string{
	"run list":         "/runs",
	"dataset list":     "/datasets",
	"dataset get":      ofDataset,
	"dataset versions": ofDataset,
	"batch list":       ofDataset + "/batches",
	"validation list":  ofDataset + "/validations",
	"snapshot list":    ofDataset + "/snapshots",
	"snapshot gaps":    ofDataset + "/gaps",
}

// ofDataset stands for the page of the dataset that a page is of.
const ofDataset = "{dataset}"

// listing is a command of sfctl that advice names: noun and verb.
var listing = regexp.MustCompile(`^sfctl ([a-z-]+ [a-z]+)`)

// advice is what to do as parts of a page: a command that lists what a page shows is a
// link to it, and every other is set as code. dataset is the one that the page is of;
// without one, its lists are reached from the datasets.
func advice(text, dataset string) []entry {
	var parts []entry
	for i, part := range strings.Split(text, "`") {
		switch link := pageFor(part, dataset); {
		case part == "":
		case i%2 == 0:
			parts = append(parts, words(part))
		case link != "":
			parts = append(parts, entry{Text: strings.TrimPrefix(link, "/"), Link: link})
		default:
			parts = append(parts, code(part))
		}
	}
	return parts
}

// pageFor is the page of a command; empty where no page shows what it does.
func pageFor(quoted, dataset string) string {
	if quoted == access.LoginPath {
		return quoted
	}
	m := listing.FindStringSubmatch(quoted)
	if m == nil {
		return ""
	}
	page := pageOfCommand[m[1]]
	rest, dependent := strings.CutPrefix(page, ofDataset)
	switch {
	case !dependent:
		return page
	case dataset == "":
		return "/datasets"
	}
	return datasetPath(dataset) + rest
}
