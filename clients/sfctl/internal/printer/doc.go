// Package printer writes results: tables for people, JSON and YAML for programs.
// What a program reads is stable: the field names of the protos, every field of the
// response, the same bytes for the same response.
package printer
