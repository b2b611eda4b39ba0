package prose

import "strings"

// doneBefore stands between what a step came to and the statements that it needed first.
const doneBefore = "; done before: "

// WithDone is the summary of a step with the statements that were carried out before it.
func WithDone(summary string, statements []string) string {
	if len(statements) == 0 {
		return summary
	}
	return summary + doneBefore + strings.Join(statements, "; ")
}

// Done takes a summary apart again: statements of a hundred columns make no line of a
// table.
func Done(summary string) (string, []string) {
	short, statements, found := strings.Cut(summary, doneBefore)
	if !found {
		return summary, nil
	}
	return short, strings.Split(statements, "; ")
}
