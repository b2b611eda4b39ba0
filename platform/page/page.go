// Package page is how the lists of every service are paged: how many entries a page
// holds, and the opaque token that says after which key the next one goes on. A list
// reads one entry more than a page holds, and Cut says whether there is another page.
package page

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
)

// defaultSize is how many entries a page holds where the request does not say.
const defaultSize = 50

// Size returns how many entries a page holds. The contract bounds what a request
// may ask for; 0 asks for the default, 50.
func Size(requested int32) int {
	if requested == 0 {
		return defaultSize
	}
	return int(requested)
}

// Token is the opaque form of the key of a page's last entry; empty for an empty key.
func Token(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }

// Key reads a token; empty for the empty token, which asks for the first page. It
// returns INVALID_REQUEST for what Token cannot have made of a text that PostgreSQL
// takes.
func Key(token string) (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || !utf8.Valid(key) || strings.Contains(string(key), "\x00") {
		return "", Refuse(token)
	}
	return string(key), nil
}

// Refuse is the error of a token that the list did not give out. It is for lists
// that tell a strange token only by its key.
func Refuse(token string) error {
	const wrong = "expected the next_page_token of the page before, or none for the first page, found %q"
	return problem.New(problem.InvalidRequest, "page_token: "+wrong, token).Violate("page_token", wrong, token)
}

// Cut makes a page of size entries out of what was found, and the token of the next
// page; empty where nothing more was found than the page holds.
func Cut[T any](found []T, size int, key func(T) string) (entries []T, next string) {
	if len(found) <= size {
		return found, ""
	}
	return found[:size], Token(key(found[size-1]))
}

// maxBytes is how large a page is at most, in bytes of its messages; one entry is always
// on it. It leaves room within a message of 8 MiB (grpcserver.MaxMessage).
const maxBytes = 6 << 20

// Fit shortens a page of messages, made of the entries, to what one message holds: next
// is then the token of the entry that it ends with, by its key.
func Fit[M proto.Message, T any](messages []M, entries []T, next string, key func(T) string) (page []M, token string) {
	size := 0
	for i, m := range messages {
		size += proto.Size(m)
		if size > maxBytes && i > 0 {
			return messages[:i], Token(key(entries[i-1]))
		}
	}
	return messages, next
}
