package manifest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset/nearest"
)

// Parse reads a manifest. It returns what the manifest says as far as that can be
// meant, and every mistake in it; nil and one mistake where the content is no manifest
// at all. A manifest without mistakes lists each file once, under a name that a file of
// a delivery may have.
func Parse(content []byte) (*Manifest, []Mistake) {
	if len(content) > MaxBytes {
		return nil, []Mistake{{Line: 1, Expected: "at most 4 MiB", Found: "more", Action: "List only the files of the delivery."}}
	}
	root, mistake := readTree(content)
	if mistake != nil {
		return nil, []Mistake{*mistake}
	}
	o, ok := root.value.(*object)
	if !ok {
		return nil, []Mistake{{Line: root.line, Expected: wanted, Found: describe(root), Action: "Correct the manifest, or leave it out."}}
	}
	p := &parser{}
	fields := p.object(o, "", document)
	if !slices.ContainsFunc(says, func(name string) bool { return fields[name] != nil }) && len(p.mistakes) == 0 {
		p.wrong(root.line, "", "dataset, as_of or files", "none of them", "Let the manifest say what it is of, or leave it out.")
	}
	m := &Manifest{
		Dataset: p.text(fields["dataset"], "dataset"), AsOf: p.day(fields["as_of"], "as_of"),
	}
	p.text(fields["$schema"], "$schema")
	m.Files = p.files(fields["files"])
	return m, p.mistakes
}

// parser collects mistakes.
type parser struct {
	mistakes []Mistake
	guesses  nearest.Guesses
}

func (p *parser) wrong(line int, field, expected, found, action string) {
	p.mistakes = append(p.mistakes, Mistake{Line: line, Field: field, Expected: expected, Found: found, Action: action})
}

// object returns the members of an object by name. Keys that are not known, and those
// that are repeated, are mistakes; a repeated one says nothing, whichever of its values comes
// first, unless the object is nothing without it.
func (p *parser) object(o *object, path string, fields []field) map[string]*node {
	found, repeated := map[string]*node{}, map[string]bool{}
	for _, m := range o.members {
		at := slices.IndexFunc(fields, func(f field) bool { return f.name == m.name })
		switch {
		case at < 0:
			p.unknown(m, path, fields)
		case found[m.name] != nil:
			repeated[m.name] = true
			p.wrong(m.line, join(path, m.name), "each key once", fmt.Sprintf("%q again, first on line %d", m.name, found[m.name].line),
				"Say it once: of two, nobody can know which is meant.")
		default:
			found[m.name] = m.node
		}
	}
	for _, f := range fields {
		if f.required && found[f.name] == nil {
			p.wrong(o.line, join(path, f.name), "a "+f.name, "none", "Say it of every entry.")
		}
		if repeated[f.name] && !f.required {
			delete(found, f.name)
		}
	}
	return found
}

func (p *parser) unknown(m member, path string, fields []field) {
	action := `Take it out; what is yours goes under "meta".`
	if meant := p.guesses.Name(m.name, names(fields)); meant != "" {
		action = fmt.Sprintf("Was %q meant? Otherwise take it out; what is yours goes under %q.", meant, "meta")
	}
	p.wrong(m.line, join(path, m.name), "no keys but "+strings.Join(names(fields), ", "), fmt.Sprintf("%q", short(m.name)), action)
}

// files reads the list.
func (p *parser) files(n *node) []File {
	const path = "files"
	if n == nil {
		return nil
	}
	items, ok := n.value.([]*node)
	switch {
	case !ok:
		p.wrong(n.line, path, path+" to be an array", describe(n), "List the files: "+example)
		return nil
	case len(items) == 0:
		p.wrong(n.line, path, "the files of the delivery", "an empty list", "List the files, or leave the list out.")
		return nil
	case len(items) > MaxFiles:
		p.wrong(n.line, path, fmt.Sprintf("at most %d files", MaxFiles), fmt.Sprint(len(items)), "List only the files of the delivery.")
		return nil
	}
	var files []File
	lines := map[string]int{}
	for i, item := range items {
		at := fmt.Sprintf("%s[%d]", path, i)
		f, ok := p.file(item, at)
		if !ok {
			continue
		}
		if first, twice := lines[f.Name]; twice {
			p.wrong(item.line, at+".name", "each file once", fmt.Sprintf("%q again, first on line %d", short(f.Name), first), "List each file once in the manifest.")
			continue
		}
		lines[f.Name] = item.line
		files = append(files, f)
	}
	return files
}

const example = `{"name": "users.csv", "sha256": "…", "rows": 7043}`

// file reads one file of the list; ok is false where it has no name that can be meant.
func (p *parser) file(n *node, path string) (f File, ok bool) {
	o, isObject := n.value.(*object)
	if !isObject {
		p.wrong(n.line, path, path+" to be an object", describe(n), "List the file as an object: "+example)
		return f, false
	}
	fields := p.object(o, path, listed)
	f.Name = p.fileName(fields["name"], path+".name")
	f.SHA256 = p.digest(fields["sha256"], path+".sha256")
	f.Rows = p.count(fields["rows"], path+".rows")
	f.Bytes = p.count(fields["bytes"], path+".bytes")
	return f, f.Name != ""
}

func join(path, name string) string {
	if path == "" {
		return short(name)
	}
	return path + "." + short(name)
}
