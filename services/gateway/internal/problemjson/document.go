// Package problemjson writes errors as RFC 9457 has it: application/problem+json,
// with the reason of the registry, what it means, what happened, and what to do.
package problemjson

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
)

// MediaType is the content type of a problem.
const MediaType = "application/problem+json"

// typePrefix stands before the reason in a problem's type. An URN, since the type is
// a name and no page needs to be there.
const typePrefix = "urn:streamflow:problem:"

// Document is a problem as it is sent.
type Document struct {
	Type       string            `json:"type"`
	Title      string            `json:"title"`
	Status     int               `json:"status"`
	Detail     string            `json:"detail,omitempty"`
	Instance   string            `json:"instance,omitempty"`
	Reason     problem.Reason    `json:"reason"`
	Action     string            `json:"action,omitempty"`
	Kept       string            `json:"kept,omitempty"`
	RequestID  string            `json:"request_id"`
	Metadata   map[string]string `json:"metadata,omitempty"`
	Violations []Violation       `json:"violations,omitempty"`
}

// Violation is one thing that is wrong: where, and what.
type Violation struct {
	Subject     string `json:"subject"`
	Description string `json:"description"`
}

// FromError makes the problem of an error that a call returned.
func FromError(err error) Document {
	p := problem.FromError(err)
	entry := problem.Lookup(p.Reason)
	d := Document{
		Type:     typePrefix + string(entry.Reason),
		Title:    entry.Means,
		Status:   entry.HTTP,
		Detail:   detail(p),
		Reason:   entry.Reason,
		Action:   p.Action(),
		Kept:     entry.Kept,
		Metadata: p.Metadata,
	}
	for _, v := range p.Violations {
		d.Violations = append(d.Violations, Violation{v.Subject, v.Description})
	}
	return d
}

// detail cuts a defect's message after its first line: below it stands the stack,
// which is the log's.
func detail(p *problem.Error) string {
	if p.Reason != problem.Internal {
		return p.Message
	}
	first, _, _ := strings.Cut(p.Message, "\n")
	return first
}

// ofStatus are the reasons of what is wrong with a request before any service sees it.
var ofStatus = map[int]problem.Reason{
	http.StatusForbidden:             problem.OriginNotAllowed,
	http.StatusNotFound:              problem.PathNotFound,
	http.StatusMethodNotAllowed:      problem.MethodNotAllowed,
	http.StatusRequestEntityTooLarge: problem.BodyTooLarge,
	http.StatusMisdirectedRequest:    problem.HostNotAllowed,
	http.StatusUnsupportedMediaType:  problem.MediaTypeNotSupported,
}

// HTTP makes a problem that HTTP itself has a status for, such as a path that is
// not served; an empty action is the registry's.
func HTTP(status int, detail, action string) Document {
	reason, ok := ofStatus[status]
	switch {
	case ok:
	case status >= http.StatusInternalServerError:
		reason = problem.Internal
	default:
		reason = problem.InvalidRequest
	}
	entry := problem.Lookup(reason)
	return Document{
		Type: typePrefix + string(reason), Title: entry.Means, Status: status,
		Detail: detail, Reason: reason, Action: cmp.Or(action, problem.New(reason, "").Action()), Kept: entry.Kept,
	}
}
