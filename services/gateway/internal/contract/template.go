package contract

import "strings"

// template is a path such as /v1/runs/{run}:cancel, taken apart.
type template struct {
	segments []string // as they stand between the slashes, {name} for a parameter
	verb     string   // with its colon; empty for none
}

func parseTemplate(path string) template {
	t := template{}
	if i := strings.LastIndexByte(path, ':'); i > strings.LastIndexByte(path, '/') {
		path, t.verb = path[:i], path[i:]
	}
	t.segments = strings.Split(path, "/")
	return t
}

func (t template) matches(path string) bool {
	path, ok := strings.CutSuffix(path, t.verb)
	if !ok {
		return false
	}
	segments := strings.Split(path, "/")
	if len(segments) != len(t.segments) {
		return false
	}
	for i, want := range t.segments {
		if isParameter(want) && segments[i] != "" {
			continue
		}
		if segments[i] != want {
			return false
		}
	}
	return true
}

func isParameter(segment string) bool {
	return strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}")
}
