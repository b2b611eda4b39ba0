package reference

import "github.com/streamflow/streamflow/dataset/expectation"

// expectations writes the section on the catalogue.
func (p *page) expectations() {
	p.line("\n## Expectations\n\n" +
		"Their names and arguments are those of Great Expectations. [What differs](expectations-differences.md) from it. A value is written as its type is in YAML; a decimal that must keep " +
		"every digit, a date and a timestamp are texts. A decimal may have an exponent (1e3), but as a text of a column of whole numbers. A bound of a timestamptz has its offset. boolean and jsonb have no order, and a value of jsonb is compared with no other.")
	for _, kind := range expectation.All() {
		p.line("\n### %s\n\n%s\n", kind.Name, kind.Doc)
		p.row("argument", "takes", "default", "meaning")
		p.row("---", "---", "---", "---")
		for _, a := range kind.Arguments {
			otherwise := a.Default
			switch {
			case a.Required:
				otherwise = "required"
			case otherwise == "":
				otherwise = "–"
			}
			p.row("`"+a.Name+"`", string(a.Type), otherwise, a.Doc)
		}
	}
}
