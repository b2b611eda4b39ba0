package issuer

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"
)

const (
	// maxSubject and maxName are how many characters a subject and a name have at most.
	maxSubject, maxName = 500, 200
	// maxClaims is how many claims are passed on; a token is too short for many more.
	maxClaims = 5000
	// maxDepth is how deep claims lie in each other at most; deeper ones are not read.
	maxDepth = 5
	// groups is the claim under which groups are granted something.
	groups = "groups"
)

// Claim is something that an issuer says of a subject.
type Claim struct{ Name, Value string }

// flatten makes what a token says texts that can be compared: a list says each of its
// entries, and one inside another is named by both. What groupsClaim says is said of groups
// alone, where it is given. The order is always the same.
func flatten(claims map[string]any, groupsClaim string) (all []Claim) {
	say(&all, "", claims, 0)
	if groupsClaim != "" && groupsClaim != groups {
		all = slices.DeleteFunc(all, func(c Claim) bool { return c.Name == groups })
		for _, c := range slices.Clone(all) {
			if c.Name == groupsClaim {
				all = append(all, Claim{groups, c.Value})
			}
		}
	}
	slices.SortFunc(all, func(a, b Claim) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value)) })
	return slices.Compact(all)
}

func say(all *[]Claim, name string, value any, depth int) {
	if depth > maxDepth {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for inner, value := range v {
			if name != "" {
				inner = name + "." + inner
			}
			say(all, inner, value, depth+1)
		}
	case []any:
		for _, entry := range v {
			if _, nested := entry.(map[string]any); !nested { // of a list of objects nobody could tell which said what
				say(all, name, entry, depth+1)
			}
		}
	case string:
		*all = append(*all, Claim{name, v})
	case bool:
		*all = append(*all, Claim{name, strconv.FormatBool(v)})
	case float64:
		if text, err := json.Marshal(v); err == nil {
			*all = append(*all, Claim{name, string(text)})
		}
	}
}

// name is what a subject is called: by the claim of the setting, otherwise by an e-mail
// address that the issuer has verified, by what they prefer, or by what the issuer knows them
// as. What cannot be printed is no name.
func (s setting) name(id string, claims map[string]any) string {
	var candidates []any
	if s.Claims.Name != "" {
		candidates = []any{claims[s.Claims.Name]}
	} else {
		if verified, _ := claims["email_verified"].(bool); verified {
			candidates = append(candidates, claims["email"])
		}
		candidates = append(candidates, claims["preferred_username"])
	}
	for _, c := range append(candidates, id) {
		if text, ok := c.(string); ok && printable(s.Claims.Prefix+text, maxName) {
			return s.Claims.Prefix + text
		}
	}
	// A subject may be longer than a name: then by its end, which is what tells it apart.
	runes := []rune(s.Claims.Prefix + "…" + id)
	if len(runes) > maxName {
		keep := maxName - utf8.RuneCountInString(s.Claims.Prefix) - 1
		runes = append([]rune(s.Claims.Prefix+"…"), []rune(id)[utf8.RuneCountInString(id)-keep:]...)
	}
	return string(runes)
}

// printable says whether a text is one word or more that people can read, and nothing that
// turns or hides what stands beside it.
func printable(text string, most int) bool {
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > most {
		return false
	}
	visible := false
	for _, r := range text {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return false
		}
		visible = visible || unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
	}
	return visible
}
