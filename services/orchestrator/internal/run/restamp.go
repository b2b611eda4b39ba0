package run

// WhyRestamped is kept with every revision of a restamp of which nobody said why.
const WhyRestamped = "made again from what was delivered, over what stands before it by now"

// NoSource is the key of the source of runs that read no files.
const NoSource = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // SHA-256 of nothing

// NextKey is the key under which a run of a restamp asks for the one that goes on with the
// next date: asked for twice, it is one run.
func NextKey(id string) string { return "restamp after " + id }

// Restamps says what a run of a restamp does; nothing of any other.
func Restamps(restamp bool) string {
	if !restamp {
		return ""
	}
	return ", to make the as_of again from what was delivered, and then the later ones that are stale"
}
