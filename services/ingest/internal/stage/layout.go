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
	// first is the first line, and chars are what stands in it.
	first []byte
	chars [256]bool
}

func layoutOf(text []byte) layout {
	l := layout{first: text}
	quoted, begun := false, false
	for i, b := range text {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n' || b == '\r':
			if !begun {
				begun, l.first = true, text[:i]
				l.doubled = bytes.HasPrefix(text[i:], []byte("\r\r\n"))
				l.swapped = bytes.HasPrefix(text[i:], []byte("\n\r")) && !bytes.HasPrefix(text[i:], []byte("\n\r\n"))
			}
			l.feeds = l.feeds || b == '\n'
			l.returns = l.returns || b == '\r' && i+1 < len(text) && text[i+1] != '\n'
		case !begun:
			l.chars[b] = true
		}
	}
	return l
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
