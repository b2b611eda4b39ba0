package nearest

// most is for how many mistakes of one document it is guessed what was meant: more than
// anybody mends at once, and few enough that a document of nothing but mistakes costs
// what reading it costs. Each guess looks at every name that is known.
const most = 20

// Guesses counts the guesses that are made of one document: a dataset, a manifest, a
// header. The zero value is ready; it is not safe for concurrent use.
type Guesses struct{ made int }

// More is true while another guess may be made, and counts it as made.
func (g *Guesses) More() bool {
	if g.made == most {
		return false
	}
	g.made++
	return true
}

// Name is Name, and "" after the last guess.
func (g *Guesses) Name(word string, known []string) string {
	if !g.More() {
		return ""
	}
	return Name(word, known)
}

// Hint is Hint, and "" after the last guess.
func (g *Guesses) Hint(word string, known []string) string {
	if !g.More() {
		return ""
	}
	return Hint(word, known)
}
