// Errordoc writes docs/reference/errors.md out of the registry of reasons.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
)

const head = `# Errors

Every error of StreamFlow carries a reason. Over gRPC it is the reason of an ErrorInfo of the domain ` + "`streamflow`" + `; over REST it stands in a problem+json
document (RFC 9457); sfctl says it in words, and exits with its code. A failed run and each of its findings carry one, too. A reason, once published, keeps its meaning.

*Generated from the registry in platform/problem by ` + "`make generate`" + `; do not edit.*

sfctl exits with 0 for success, 1 unexpected, 2 wrong usage, 3 the data failed validation, 4 warnings only (with ` + "`--fail-on warning`" + `), 5 not found, 6 conflict,
7 not allowed, 8 unavailable or timed out, 9 refused because it would leak, 130 interrupted.

| reason | gRPC | HTTP | exit |
| --- | --- | --- | --- |
`

func main() {
	if err := write(os.Stdout, problem.Registry()); err != nil {
		fmt.Fprintln(os.Stderr, "errordoc:", err)
		os.Exit(1)
	}
}

func write(w io.Writer, registry []problem.Entry) error {
	var b strings.Builder
	b.WriteString(head)
	for _, e := range registry {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %d | %d |\n", e.Reason, strings.ToLower(string(e.Reason)), e.Code, e.HTTP, e.Exit)
	}
	for _, e := range registry {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n- What was kept: %s\n- What to do: %s\n", e.Reason, e.Means, e.Kept, e.Do)
		if problem.Acceptable(e.Reason) {
			b.WriteString("- Acceptable: for one run, by whoever starts it.\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
