package stage

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/streamflow/streamflow/dataset/nearest"
)

// The ways in which a file may be near the name of another, the surest first.
const (
	nearCase  = iota + 1 // raw/Users.csv for users.csv: its name but for letter case and folder
	nearStem             // users (1).csv, users.csv.gz, users_2024-01.txt: begins with it
	nearSpelt            // user.csv: a slip of the pen
	nearNot              // anything else
)

// maxMeant bounds how many files are said to be near one.
const maxMeant = 3

// near returns the files that are probably meant by a name that is not there, the
// nearest first, at most three.
func near(name string, files []string) []string {
	rank := map[string]int{}
	var found []string
	for _, f := range files {
		if rank[f] = nearness(name, f); rank[f] < nearNot {
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(a, b string) int { return rank[a] - rank[b] })
	return found[:min(len(found), maxMeant)]
}

func nearness(name, file string) int {
	want, got := strings.ToLower(path.Base(name)), strings.ToLower(path.Base(file))
	stem := letters(strings.TrimSuffix(want, path.Ext(want)))
	switch begins := letters(got); {
	case want == got:
		return nearCase
	case stem != "" && strings.HasPrefix(begins, stem):
		return nearStem
	case nearest.Name(want, []string{got}) != "":
		return nearSpelt
	}
	return nearNot
}

// letters leaves what a name is told apart by where people write it in their own ways.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}
