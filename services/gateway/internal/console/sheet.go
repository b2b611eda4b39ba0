package console

import (
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// sheet is a page of facts and tables: a list, or one thing with what belongs to it.
type sheet struct {
	page
	// Heading says what it is of, Name which one; empty for a list.
	Heading, Name string
	// State is in a word, Kind how it is coloured; empty for a list.
	State, Kind string
	Facts       []fact
	Tables      []table
	Findings    []*stepv1.Finding
	// Judged says that findings belong to the page, so that none is said to be none.
	Judged bool
	// Text is shown as it is, below TextTitle.
	TextTitle, Text string
	// JSON is where programs read the same.
	JSON string
}

// fact is something said of the thing that a page is of.
type fact struct {
	Name string
	entry
}

// table is a table of a page.
type table struct {
	// ID tells it from others of the page; Title stands above it, empty on a list.
	ID, Title string
	// Filters are a form above it; none where it is shown as a whole.
	Filters []filter
	Head    []column
	Rows    [][]entry
	// Empty is said where there are no rows, and how to get some.
	Empty string
	// Next is the page with the rows that come next; empty where none do.
	Next string
}

// column is the head of a column, aligned as what stands below it.
type column struct {
	Name   string
	Number bool
}

// entry is a cell of a table, or a fact: in words, where there is more, how it is
// coloured.
type entry struct {
	Text, Link, Kind string
	Code, Number     bool
	At               *timestamppb.Timestamp
}

func words(text string) entry               { return entry{Text: orDash(text)} }
func code(text string) entry                { return entry{Text: orDash(text), Code: text != ""} }
func figure(text string) entry              { return entry{Text: text, Number: true} }
func marked(text, kind string) entry        { return entry{Text: text, Kind: kind} }
func moment(t *timestamppb.Timestamp) entry { return entry{Text: when(t), At: t} }

// link is a thing with a page of its own; a thing that is not there is a dash.
func link(path, id string) entry {
	if id == "" {
		return words("")
	}
	return entry{Text: id, Link: path + id}
}

func orDash(text string) string {
	if text == "" {
		return nothing
	}
	return text
}

// heads makes columns of their names; one that begins with # holds numbers.
func heads(names ...string) []column {
	var all []column
	for _, name := range names {
		plain, number := strings.CutPrefix(name, "#")
		all = append(all, column{Name: plain, Number: number})
	}
	return all
}
