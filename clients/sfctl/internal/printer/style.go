package printer

// Style colours words where the output is a terminal that shows colours.
type Style struct{ Colour bool }

// ANSI's escape sequences for colours (ECMA-48, SGR).
const (
	green  = "\x1b[32m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	dim    = "\x1b[2m"
	reset  = "\x1b[0m"
)

// Good marks a success.
func (s Style) Good(text string) string { return s.with(green, text) }

// Bad marks a failure.
func (s Style) Bad(text string) string { return s.with(red, text) }

// Warn marks what wants attention.
func (s Style) Warn(text string) string { return s.with(yellow, text) }

// Dim marks what matters less.
func (s Style) Dim(text string) string { return s.with(dim, text) }

func (s Style) with(code, text string) string {
	if !s.Colour || text == "" {
		return text
	}
	return code + text + reset
}
