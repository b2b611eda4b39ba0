package run

// Retains says that a run only drops what the history is not to keep, and why it was asked
// for, to stand behind who did; nothing of any other run.
func Retains(m Mode, reason string) string {
	if m != Retention {
		return ""
	}
	line := ", to drop what the history is not to keep"
	if reason != "" {
		line += ": " + reason
	}
	return line
}
