// Package sourceuri reads where the files of a delivery are: an absolute path, or a
// file URI of one, of the machine that ingest runs on. It is one rule for who takes a
// request and for who opens the folder, so that what nobody can read is refused before
// a run of it is queued.
package sourceuri

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
)

// Path returns the path of a source, clean. INVALID_REQUEST says what is wrong with one
// that names no folder; it does not repeat what may be a secret.
func Path(source string) (string, error) {
	p := source
	if scheme, rest, ok := cutScheme(source); ok {
		switch {
		case hasUser(rest):
			return "", bad(source, "it holds credentials, and a source is stored and shown to everybody")
		case !strings.EqualFold(scheme, "file"):
			return "", bad(source, "there is no reader of "+scheme+":// sources")
		}
		var why string
		if p, why = filePath(source); why != "" {
			return "", bad(source, why)
		}
	}
	switch {
	case signed(source) >= 0:
		return "", bad(source, "it holds credentials in what looks like the query of an address, and a source is stored and shown to everybody")
	case strings.ContainsRune(p, 0):
		return "", bad(source, "it holds a NUL character")
	case !path.IsAbs(p):
		return "", bad(source, "it does not begin with a slash")
	}
	return path.Clean(p), nil
}

// cutScheme splits a URI; ok is false for a path.
func cutScheme(source string) (scheme, rest string, ok bool) {
	if strings.HasPrefix(source, "/") {
		return "", "", false
	}
	return strings.Cut(source, "://")
}

// hasUser says whether a name, or a name and a password, stand before the host.
func hasUser(rest string) bool {
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return strings.Contains(rest, "@")
}

// filePath returns the path of a file URI, or why it has none.
func filePath(source string) (p, why string) {
	u, err := url.Parse(source)
	switch {
	case err != nil:
		return "", "it is no URI: a % stands for itself as %25"
	case u.Host != "" && u.Host != "localhost":
		return "", "it names the host " + u.Host + ", and files are read on ingest's own; a path has three slashes"
	case strings.ContainsAny(source, "?#"):
		return "", "the path of a URI ends at a ? or #, so where one belongs to the name, write %3F or %23"
	}
	return u.Path, ""
}

// credential is a parameter of a query by which a signed address, or one with a token,
// lets its bearer in.
var credential = regexp.MustCompile(`(?i)\?(?:[^?]*[&;])?(?:x-(?:amz|goog|ms)-[a-z-]+|awsaccesskeyid|googleaccessid|signature|sig|(?:access|auth|security|session)?[_-]?token|password|passwd|pwd|secret|api[_-]?key|key|auth)=`)

// signed says where the query of a source begins that holds credentials; -1 where it has
// none. A path may have a ? in it, and goes on where no such parameter follows.
func signed(source string) int {
	if at := credential.FindStringIndex(source); at != nil {
		return at[0]
	}
	return -1
}

// bad refuses what names no folder, and says what would.
func bad(source, why string) error {
	return problem.New(problem.InvalidRequest,
		"source %q: %s; want an absolute path (/data/2024-01-31), or file:///path, of a folder that ingest sees in its file system", Shown(source), why).
		With("source", Shown(source)).Violate("source", "%q: %s", Shown(source), why)
}

// Shown is a source as it may be shown and logged: without what stands before an @ where
// a password may stand, and, of a URI, without its query, where a token may.
func Shown(source string) string {
	if at := signed(source); at >= 0 {
		source = source[:at] + "?…"
	}
	if strings.HasPrefix(source, "/") {
		return source
	}
	if scheme, rest, ok := cutScheme(source); ok {
		if strings.Contains(rest, "@") {
			return scheme + "://…"
		}
		if end := strings.IndexAny(rest, "?#"); end >= 0 && !strings.EqualFold(scheme, "file") {
			return scheme + "://" + rest[:end] + "?…"
		}
		return source
	}
	if at := strings.LastIndex(source, "@"); at >= 0 {
		return "…" + source[at:]
	}
	return source
}
