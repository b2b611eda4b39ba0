package run

import "fmt"

// Erases says whether the mode is an erase, or the plan of one: it has no date, no source
// and no batch.
func (m Mode) Erases() bool { return m == Erase || m == ErasePlan }

// erasing says whether rows may be gone already, so that the run only goes forward.
func (r *Run) erasing() bool {
	s := r.Step(EraseRows)
	return s != nil && s.Attempts > 0
}

// OnlyForward says whether the run cannot be stopped any more: it has published, or has
// begun to erase.
func (r *Run) OnlyForward() bool { return r.Published() || r.erasing() }

// Withhold takes it back that rows began to be taken away, where the run was asked to stop
// before that was written down: nobody was told to take any.
func (r *Run) Withhold(a Action) {
	if a.Verb != Do || a.Step != EraseRows {
		return
	}
	if s := r.Step(EraseRows); s.Attempts == 1 {
		s.Attempts = 0
	}
}

// ErasesKeys says what a run erases and why, to stand behind who asked for it; nothing of
// any other run. No key is in it.
func ErasesKeys(m Mode, table string, keys int, reason string) string {
	if !m.Erases() {
		return ""
	}
	what := ", to erase"
	if m == ErasePlan {
		what = ", to say what it would take to erase"
	}
	of := ""
	if table != "" {
		of = " of " + table
	}
	if keys == 1 {
		return fmt.Sprintf("%s 1 key%s: %s", what, of, reason)
	}
	return fmt.Sprintf("%s %d keys%s: %s", what, keys, of, reason)
}
