package privatepg

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// usualPlaces are the folders where packages put PostgreSQL's binaries: Debian and
// Ubuntu, the PostgreSQL project's RPMs, Homebrew on Apple's and on Intel's processors.
var usualPlaces = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/opt/homebrew/bin",
}

// place is a folder to look at.
type place struct {
	source string
	dir    string
	named  bool // somebody named it, so that it must do
}

// places lists the folders to look at, in order.
func (f *finder) places() []place {
	var all []place
	if f.bin != "" {
		all = append(all, place{SourceFlag, f.bin, true})
	} else if dir := f.env(BinVariable); dir != "" {
		all = append(all, place{SourceEnv, dir, true})
	}
	path, usual := f.onPath(), f.atUsual()
	if len(path) == 0 {
		f.note("%s: holds no postgres", SourcePath)
	}
	if len(usual) == 0 {
		f.note("%s: nothing at %s", SourceSystem, strings.Join(f.usual, ", "))
	}
	return slices.Concat(all, path, usual)
}

// onPath lists the folders of the postgres programs in PATH, links followed: the
// other programs and the libraries lie beside the program, not beside the link.
func (f *finder) onPath() []place {
	var found []place
	for _, dir := range filepath.SplitList(f.env("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if program, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres")); err == nil {
			found = append(found, place{source: SourcePath, dir: filepath.Dir(program)})
		}
	}
	return found
}

// atUsual lists the usual folders that hold a postgres, of each kind the newest first.
func (f *finder) atUsual() []place {
	var found []place
	for _, pattern := range f.usual {
		dirs, _ := filepath.Glob(pattern)
		slices.SortFunc(dirs, func(a, b string) int { return cmp.Compare(numberIn(b), numberIn(a)) })
		for _, dir := range dirs {
			if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
				found = append(found, place{source: SourceSystem, dir: dir})
			}
		}
	}
	return found
}

var lastNumber = regexp.MustCompile(`(\d+)\D*$`)

func numberIn(path string) int {
	m := lastNumber.FindStringSubmatch(path)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}
