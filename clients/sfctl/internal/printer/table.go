package printer

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Column is a column of a table.
type Column struct {
	name  string
	right bool
	wide  bool
}

// Text is a column of words, aligned left.
func Text(name string) Column { return Column{name: name} }

// Number is a column of numbers, aligned right.
func Number(name string) Column { return Column{name: name, right: true} }

// InWide makes a column one that only -o wide shows.
func (c Column) InWide() Column {
	c.wide = true
	return c
}

// Grid is a table for people: columns as wide as their widest cell, two spaces
// between them, no spaces at the end of a line.
type Grid struct {
	// Indent stands before every line.
	Indent string
	// Wide shows the columns that are InWide as well.
	Wide    bool
	columns []Column
	rows    [][]string
}

// NewGrid returns a table without rows.
func NewGrid(columns ...Column) *Grid { return &Grid{columns: columns} }

// Row adds a row: one cell per column. An empty cell is written as -, so that every
// line has as many words as the table has columns, except in the last column.
func (g *Grid) Row(cells ...string) { g.rows = append(g.rows, cells) }

// Len is the number of rows.
func (g *Grid) Len() int { return len(g.rows) }

// Write writes the table, its header first.
func (g *Grid) Write(w io.Writer) error {
	if !g.Wide {
		return g.narrow().Write(w)
	}
	header := make([]string, len(g.columns))
	for i, c := range g.columns {
		header[i] = c.name
	}
	widths := g.widths(header)
	var out strings.Builder
	g.line(&out, header, widths)
	for _, r := range g.rows {
		g.line(&out, r, widths)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// narrow is the table without the columns that only a wide one has.
func (g *Grid) narrow() *Grid {
	n := &Grid{Indent: g.Indent, Wide: true}
	for _, c := range g.columns {
		if !c.wide {
			n.columns = append(n.columns, c)
		}
	}
	for _, r := range g.rows {
		var cells []string
		for i, text := range r {
			if i < len(g.columns) && !g.columns[i].wide {
				cells = append(cells, text)
			}
		}
		n.rows = append(n.rows, cells)
	}
	return n
}

func (g *Grid) widths(header []string) []int {
	widths := make([]int, len(g.columns))
	for _, r := range append([][]string{header}, g.rows...) {
		for i := range g.columns {
			widths[i] = max(widths[i], utf8.RuneCountInString(g.cell(r, i)))
		}
	}
	return widths
}

func (g *Grid) line(out *strings.Builder, cells []string, widths []int) {
	var line strings.Builder
	line.WriteString(g.Indent)
	for i, c := range g.columns {
		if i > 0 {
			line.WriteString("  ")
		}
		text := g.cell(cells, i)
		space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
		if c.right {
			text, space = space, text
		}
		line.WriteString(text + space)
	}
	out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

func (g *Grid) cell(cells []string, i int) string {
	text := ""
	if i < len(cells) {
		text = OneLine(cells[i])
	}
	if text == "" && i < len(g.columns)-1 {
		return "-"
	}
	return text
}
