package run

import "fmt"

// RollsBack says to which revision a run goes back and why, to stand behind who asked for
// it; nothing of any other run.
func RollsBack(m Mode, revision int32, of, reason string) string {
	if m != Rollback {
		return ""
	}
	to := "to what was known before the last change"
	if revision > 0 {
		to = fmt.Sprintf("to revision %d", revision)
	}
	if of != "" {
		to += " of " + of
	}
	return ", to roll back " + to + ": " + reason
}
