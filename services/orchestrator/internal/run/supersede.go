package run

// Supersedes says that a run corrects its as_of and why, to stand behind who asked for it;
// nothing where it does not.
func Supersedes(supersede bool, reason string) string {
	if !supersede {
		return ""
	}
	return ", to supersede what is stamped: " + reason
}
