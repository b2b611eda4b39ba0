package problemjson

import (
	"regexp"
	"slices"
)

// inREST says by what request the commands that advice names are made here.
var inREST = map[string]string{
	"dataset list":    "GET /v1/datasets",
	"dataset get":     "GET /v1/datasets/{dataset}",
	"dataset apply":   "POST /v1/datasets",
	"dataset delete":  "DELETE /v1/datasets/{dataset}",
	"dataset migrate": "POST /v1/datasets/{dataset}:migrate",
	"run list":        "GET /v1/runs",
	"run get":         "GET /v1/runs/{run}",
	"run start":       "POST /v1/datasets/{dataset}/runs",
	"run cancel":      "POST /v1/runs/{run}:cancel",
	"batch list":      "GET /v1/datasets/{dataset}/batches",
	"batch get":       "GET /v1/batches/{batch}",
	"snapshot list":   "GET /v1/datasets/{dataset}/snapshots",
	"snapshot get":    "GET /v1/datasets/{dataset}/snapshots/{as_of}",
	"validation get":  "GET /v1/validations/{validation}",
}

// command is a command of sfctl as advice quotes it: noun and verb, and what follows.
var command = regexp.MustCompile("`sfctl ([a-z]+ [a-z]+)([^`]*)`")

// inRESTWords returns the problem with its advice as requests.
func (d Document) inRESTWords() Document {
	d.Detail, d.Action = restWords(d.Detail), restWords(d.Action)
	d.Violations = slices.Clone(d.Violations)
	for i := range d.Violations {
		d.Violations[i].Description = restWords(d.Violations[i].Description)
	}
	return d
}

// restWords puts advice that speaks of sfctl's commands into requests. A command that
// only sfctl has, such as lint without a server, stays as it is.
func restWords(text string) string {
	return command.ReplaceAllStringFunc(text, func(quoted string) string {
		if request, ok := inREST[command.FindStringSubmatch(quoted)[1]]; ok {
			return "`" + request + "`"
		}
		return quoted
	})
}
