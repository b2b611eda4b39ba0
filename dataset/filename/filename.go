// Package filename is the one rule on how a file of a delivery is named, in a dataset
// and in a manifest alike: by its path below the source, folder by folder, so that a
// file has one name and none that leads out of the source.
package filename

import (
	"fmt"
	"strings"
	"unicode"
)

// Manifest is the file in which a delivery says what it is.
const Manifest = "manifest.json"

// MaxBytes is the longest name. File systems take 255 bytes for each part of a path.
const MaxBytes = 255

// Fault says what a name should be that cannot be one, as the end of "expected …";
// empty for a name that can.
func Fault(name string) string {
	switch {
	case name == "":
		return "the name of a file"
	case len(name) > MaxBytes:
		return fmt.Sprintf("a name of at most %d bytes", MaxBytes)
	case strings.ContainsRune(name, '\\'):
		return `a name with "/" between folders, not "\"`
	case strings.HasPrefix(name, "/"):
		return `a name relative to the source, which does not begin with "/"`
	case strings.EqualFold(name, Manifest):
		return "another name, since " + Manifest + " describes the files of a delivery"
	}
	for part := range strings.SplitSeq(name, "/") {
		if fault := partFault(part); fault != "" {
			return fault
		}
	}
	return ""
}

// partFault judges one folder of a path, or the file at its end.
func partFault(part string) string {
	switch {
	case part == "":
		return `one "/" between two folders and none at the end`
	case strings.Contains(part, ".."):
		return `a name in the source, without ".."`
	case strings.HasPrefix(part, "."):
		return "the plain name of a file in the source, of which no part begins with a dot"
	case part != strings.TrimSpace(part), strings.ContainsFunc(part, unicode.IsControl):
		return "a name that has no space at an edge and no control characters in it"
	}
	return ""
}

// Plain is the name that was probably meant by one that cannot be one; empty where none
// comes to mind.
func Plain(name string) string {
	var parts []string
	for part := range strings.SplitSeq(strings.ReplaceAll(name, `\`, "/"), "/") {
		if part = strings.TrimSpace(part); part != "" && part != "." {
			parts = append(parts, part)
		}
	}
	if plain := strings.Join(parts, "/"); Fault(plain) == "" {
		return plain
	}
	return ""
}
