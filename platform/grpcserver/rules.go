package grpcserver

import (
	"strings"

	"buf.build/go/protovalidate"
)

// inWords says what the patterns of the contracts ask for: whoever broke one is helped
// by an example, and not by a regular expression. A test holds them against the protos.
var inWords = map[string]string{
	`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`:        "want YYYY-MM-DD, such as 2024-01-31",
	`[^\s\p{C}\p{M}\p{Z}]`:                "want a name that can be seen",
	`^[a-z][a-z0-9_]{0,47}$`:              "want a name of lower case letters, digits and underscores that begins with a letter, of at most 48",
	`^[a-z_][a-z0-9_]{0,62}$`:             "want a name of lower case letters, digits and underscores that does not begin with a digit, of at most 63",
	`^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$`: "want a name of letters, digits and . _ @ + - that begins with a letter or digit, of at most 100",
	`^[^=\s\p{C}\p{Z}]+$`:                 "want the name of a claim, without blanks and without =, such as groups",
	`^[^\p{C}]+$`:                         "want text without control characters",
	`^https?://[^\s\p{C}\p{Z}]+$`:         "want the address of an issuer, such as https://login.example.com",
	`^[^\p{C}]*$`:                         "want text without control characters",
	`^pii:[0-9a-f]{4}:[0-9a-f]{16}$`:      "want a token as findings show it, such as pii:5f3a:9c01d2e4b6f80a1c",
	`^[0-9a-f]{16}$`:                      "want 16 hexadecimal digits, as of the id of a key",
	`^chn_[0-9a-z]{26}$`:                  "want the id of a chain of the audit log, chn_ and 26 letters and digits",
}

// field is the path of the field that breaks a rule; a rule of a whole message has the name
// of the one that it is about.
func field(v *protovalidate.Violation) string {
	if path := protovalidate.FieldPathString(v.Proto.GetField()); path != "" {
		return path
	}
	return v.Proto.GetRuleId()
}

// broken says which rule a field breaks, for people.
func broken(v *protovalidate.Violation) string {
	message, rule := v.Proto.GetMessage(), v.Proto.GetRuleId()
	switch {
	case isMissing(v, rule):
		return "missing"
	case rule == "string.pattern":
		if words, ok := inWords[v.RuleValue.String()]; ok {
			return words
		}
	case rule == "string.prefix":
		return "want an id that begins with " + v.RuleValue.String()
	}
	return strings.TrimPrefix(message, "value ")
}

// isMissing is true of a field that was left out, whichever rule found it.
func isMissing(v *protovalidate.Violation, rule string) bool {
	switch rule {
	case "required", "string.min_len", "repeated.min_items":
		return !v.FieldValue.IsValid() || isEmpty(v)
	case "string.pattern", "string.prefix":
		return isEmpty(v)
	}
	return false
}

func isEmpty(v *protovalidate.Violation) bool {
	switch value := v.FieldValue.Interface().(type) {
	case string:
		return value == ""
	case nil:
		return true
	default:
		return v.Proto.GetRuleId() == "repeated.min_items"
	}
}
