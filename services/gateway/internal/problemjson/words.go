package problemjson

import (
	"regexp"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
)

// inREST says by what request the commands that advice names are made here.
var inREST = map[string]string{ //nolint:gosec // commands that speak of tokens, and none
	"dataset list":       "GET /v1/datasets",
	"dataset get":        "GET /v1/datasets/{dataset}",
	"dataset versions":   "GET /v1/datasets/{dataset}/versions",
	"dataset diff":       "GET /v1/datasets/{dataset}/diff",
	"dataset lint":       "POST /v1/datasets",
	"dataset apply":      "POST /v1/datasets",
	"dataset delete":     "DELETE /v1/datasets/{dataset}",
	"dataset migrate":    "POST /v1/datasets/{dataset}:migrate",
	"dataset erase":      `POST /v1/datasets/{dataset}/runs with "mode": "erase"`,
	"plan":               `POST /v1/datasets/{dataset}/runs with "mode": "plan"`,
	"run list":           "GET /v1/runs",
	"run get":            "GET /v1/runs/{run}",
	"run start":          "POST /v1/datasets/{dataset}/runs",
	"run cancel":         "POST /v1/runs/{run}:cancel",
	"batch list":         "GET /v1/datasets/{dataset}/batches",
	"batch get":          "GET /v1/batches/{batch}",
	"snapshot list":      "GET /v1/datasets/{dataset}/snapshots",
	"snapshot revisions": "GET /v1/datasets/{dataset}/revisions",
	"snapshot gaps":      "GET /v1/datasets/{dataset}/gaps",
	"snapshot rollback":  `POST /v1/datasets/{dataset}/runs with "mode": "rollback"`,
	"snapshot retain":    `POST /v1/datasets/{dataset}/runs with "mode": "retention"`,
	"snapshot pin":       "POST /v1/datasets/{dataset}/snapshots/{as_of}:pin",
	"snapshot get":       "GET /v1/datasets/{dataset}/snapshots/{as_of}",
	"snapshot verify":    "GET /v1/datasets/{dataset}/snapshots:verify",
	"snapshot diff":      "GET /v1/datasets/{dataset}/snapshots:diff",
	"validation get":     "GET /v1/validations/{validation}",

	"token create": "POST /v1/tokens",
	"token list":   "GET /v1/tokens",
	"token revoke": "POST /v1/tokens/{token}:revoke",
	"grant create": "POST /v1/grants",
	"grant list":   "GET /v1/grants",
	"grant revoke": "POST /v1/grants/{grant}:revoke",
	"auth status":  "GET /v1/whoami",
	"auth link":    "POST /v1/logins",
	"audit verify": "GET /v1/audit:export",

	"training-set list":   "GET /v1/datasets/{dataset}/training-sets",
	"training-set verify": "POST /v1/training-sets:verify",
	"training-set build":  "POST /v1/datasets/{dataset}/training-sets",
	"training-set export": "GET /v1/training-sets/{training_set}/export",
}

// insteadInREST is advice that says something else here than in a terminal, and not the
// same in other words.
var insteadInREST = map[problem.Reason]string{
	problem.DatasetInvalid: "Correct them: the violations list all, and `POST /v1/datasets` registers nothing while there is one.",
}

// ofServices are flags of the programs that serve, which advice names for those who run
// them: no request has them.
var ofServices = []string{"source-root", "data-schema", "shared-roles"}

var (
	// command is a command of sfctl: noun and verb, or a verb alone, and what follows.
	command = regexp.MustCompile(`^sfctl ([a-z-]+(?: [a-z]+)?)(.*)$`)
	// acceptFlag is how a run is told what to accept, waiveFlag what a training set is
	// built with although a guard refused it, and flag any other flag, behind
	// which advice may say how a request has it. Inside a name, as of a file, -- is none.
	acceptFlag = regexp.MustCompile(`(^|[\s(])--accept ([A-Z_]+)(?:\[?:([A-Za-z0-9_]+)\]?)?`)
	waiveFlag  = regexp.MustCompile(`(^|[\s(])--waive ([A-Z_]+)`)
	flag       = regexp.MustCompile(`(^|[\s(])--([a-z]+(?:-[a-z]+)*)(?: \(([a-z_]+)\))?`)
	// switches are flags of a command without which its request would be another one.
	switches = regexp.MustCompile(`--(restage|supersede|restamp|full-extract)\b`)
	// said is a field that was named twice, as a flag and as what it is here.
	said = regexp.MustCompile("`([a-z_]+)` \\(([a-z_]+)\\)")
)

// inRESTWords returns the problem with its advice as requests.
func (d Document) inRESTWords() Document {
	if d.Action == problem.Lookup(d.Reason).Do && insteadInREST[d.Reason] != "" {
		d.Action = insteadInREST[d.Reason]
	}
	d.Detail, d.Action = InRESTWords(d.Detail), InRESTWords(d.Action)
	d.Violations = slices.Clone(d.Violations)
	for i := range d.Violations {
		d.Violations[i].Description = InRESTWords(d.Violations[i].Description)
	}
	return d
}

// InRESTWords puts advice that speaks of sfctl's commands and flags into requests and
// their fields. A command that only sfctl has, such as dev, stays as it is, and so do the
// flags of services.
func InRESTWords(text string) string {
	if !strings.Contains(text, "sfctl ") && !strings.Contains(text, "--") {
		return text
	}
	parts := strings.Split(text, "`") // what stands between two of them is quoted
	for i, part := range parts {
		quoted := i%2 == 1 && i < len(parts)-1
		switch {
		case !quoted:
			parts[i] = fields(part, "`")
		case strings.HasPrefix(part, "--"):
			parts[i] = fields(part, "")
		default:
			parts[i] = requestOf(part)
		}
	}
	return said.ReplaceAllStringFunc(strings.Join(parts, "`"), once)
}

// requestOf is the request of a command, with what it switches on.
func requestOf(quoted string) string {
	m := command.FindStringSubmatch(quoted)
	if m == nil || inREST[m[1]] == "" {
		return quoted
	}
	request, with := inREST[m[1]], " with "
	if strings.Contains(request, with) {
		with = ", "
	}
	for _, s := range switches.FindAllStringSubmatch(m[2], -1) {
		request += with + `"` + strings.ReplaceAll(s[1], "-", "_") + `": true`
		with = ", "
	}
	return request
}

// fields are what flags are in the body or query of a request, in quotes of a kind.
func fields(text, quote string) string {
	text = acceptFlag.ReplaceAllStringFunc(text, func(f string) string {
		m := acceptFlag.FindStringSubmatch(f)
		table := ""
		if m[3] != "" {
			table = `, "table": "` + m[3] + `"`
		}
		return m[1] + quote + `"accept": [{"reason": "` + m[2] + `"` + table + `}]` + quote
	})
	text = waiveFlag.ReplaceAllString(text, `${1}`+quote+`"waive": ["${2}"]`+quote)
	return flag.ReplaceAllStringFunc(text, func(f string) string {
		m := flag.FindStringSubmatch(f)
		if slices.Contains(ofServices, m[2]) {
			return f
		}
		name, behind := strings.ReplaceAll(m[2], "-", "_"), ""
		if m[3] != "" && m[3] != name {
			behind = " (" + m[3] + ")"
		}
		return m[1] + quote + name + quote + behind
	})
}

// once is what stands twice, once.
func once(pair string) string {
	m := said.FindStringSubmatch(pair)
	if m[1] != m[2] {
		return pair
	}
	return "`" + m[1] + "`"
}
