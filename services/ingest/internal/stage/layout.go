package stage

import "bytes"

// separators are what stands between fields where it is not a comma.
var separators = []struct {
	char byte
	name string
}{{';', "semicolons"}, {'\t', "tabs"}, {'|', "bars"}}

// layout is how a text is laid out, as far as it stands outside quotes.
type layout struct {
	// returns says that a CR stands alone, feeds that there is an LF.
	returns, feeds bool
	// doubled says that the first line ends in CR CR LF, swapped that it ends in LF CR.
	doubled, swapped bool
	// mixed says that only the first line ends in LF, and those behind it in CR.
	mixed bool
	// first is the first line, and chars are what stands in it.
	first []byte
	chars [256]bool
}

func layoutOf(text []byte) layout {
	l := layout{first: text}
	quoted, begun, end := false, false, len(text)
	for i, b := range text {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n' || b == '\r':
			if !begun {
				begun, l.first, end = true, text[:i], i
				l.doubled = bytes.HasPrefix(text[i:], []byte("\r\r\n"))
				l.swapped = bytes.HasPrefix(text[i:], []byte("\n\r")) && !bytes.HasPrefix(text[i:], []byte("\n\r\n"))
			}
			l.feeds = l.feeds || b == '\n'
			l.returns = l.returns || b == '\r' && i+1 < len(text) && text[i+1] != '\n'
		case !begun:
			l.chars[b] = true
		}
	}
	l.mixed = l.returns && endInCR(l.first, bytes.TrimLeft(text[end:], "\r\n"))
	return l
}

// endInCR says whether what stands behind a header are rows that end in CR: there is no
// LF, and of what stands between CRs the first two have the header's commas. A text with a
// CR in it has fewer.
func endInCR(header, rows []byte) bool {
	commas := bytes.Count(header, []byte(","))
	if commas == 0 || bytes.IndexByte(rows, '\n') >= 0 {
		return false
	}
	first, rest, found := bytes.Cut(rows, []byte("\r"))
	second, _, _ := bytes.Cut(rest, []byte("\r"))
	return found && bytes.Count(first, []byte(",")) == commas && bytes.Count(second, []byte(",")) == commas
}

// separator names what separates the fields of the first line, where there are no
// commas; empty where nothing does.
func (l *layout) separator() string {
	if l.chars[','] {
		return ""
	}
	for _, s := range separators {
		if l.chars[s.char] {
			return s.name
		}
	}
	return ""
}
