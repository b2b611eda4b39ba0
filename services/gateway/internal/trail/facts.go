package trail

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/sourceuri"
)

// told are the texts of requests that the log repeats. A text that is not among them may hold
// what nobody meant to keep for years: a key of a person, a secret that was pasted in the
// wrong place, a reason that names somebody. A test holds the list against the protos.
var told = map[protoreflect.Name]func(string) string{
	"as_of": short, "from": short, "to": short, "revision_of": short, "accept_from": id, "erase_table": short,
	"into": short, "name": short, "datasets": short, "source": sourceuri.Shown, "snapshot": short, "version": short,
	"issuer": short, "subject": short, "shown": short, "table": short,
}

// subjects are the texts that the log has a place of their own for.
var subjects = []protoreflect.Name{"run", "token", "training_set", "grant", "validation"}

// known is the shape of an identifier, or a part of one. A secret is longer.
var known = regexp.MustCompile(`^([a-z]{3}_)?[0-9a-z]{1,26}$`)

// datasetName is the shape of a dataset's name.
var datasetName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// maxShort is how long a text of a request is repeated, in bytes.
const maxShort = 100

// Dataset is the dataset that a request names; empty where it names none, or something that
// no dataset can be called.
func Dataset(m proto.Message) string {
	name := text(m, "dataset")
	if fd := field(m, "dataset"); fd != nil && fd.Kind() == protoreflect.MessageKind {
		name = text(m.ProtoReflect().Get(fd).Message().Interface(), "name")
	}
	if !datasetName.MatchString(name) {
		return ""
	}
	return name
}

// Target is the run, token or training set that a request names.
func Target(m proto.Message) string {
	for _, name := range subjects {
		if s := text(m, name); s != "" {
			return id(s)
		}
	}
	return ""
}

// Made is the identifier of the run, token or training set that an answer has; empty where it
// has none.
func Made(m proto.Message) string {
	if m == nil {
		return ""
	}
	for _, name := range append([]protoreflect.Name{"result"}, subjects...) {
		fd := field(m, name)
		if fd == nil || fd.Kind() != protoreflect.MessageKind || fd.IsList() || !m.ProtoReflect().Has(fd) {
			continue
		}
		inside := m.ProtoReflect().Get(fd).Message().Interface()
		if made := id(text(inside, "id")); made != "" || name != "result" {
			return made
		}
		return Made(inside)
	}
	return ""
}

// Facts are what else a request says, as words of the form name=value, in the order of the
// contract: numbers, choices and times, the texts that are told, and of everything else how
// much there is.
func Facts(m proto.Message) string {
	if m == nil {
		return ""
	}
	var words []string
	fields := m.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if !m.ProtoReflect().Has(fd) || fd.Name() == "dataset" || fd.Name() == "requested_by" || fd.Name() == "request_id" {
			continue
		}
		if word := fact(fd, m.ProtoReflect().Get(fd)); word != "" {
			words = append(words, string(fd.Name())+"="+word)
		}
	}
	return strings.Join(words, " ")
}

// By says of somebody without a token of the suite who they are, as words of the form
// name=value: by a name alone nobody is told from another.
func By(issuer, subject string) string {
	return "by_issuer=" + quoted(short(issuer)) + " by_subject=" + quoted(short(subject))
}

func fact(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	tell := told[fd.Name()]
	switch {
	case fd.IsMap():
		return strconv.Itoa(v.Map().Len())
	case fd.IsList() && tell != nil && fd.Kind() == protoreflect.StringKind:
		return several(v.List(), tell)
	case fd.IsList():
		return strconv.Itoa(v.List().Len())
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		if tell == nil {
			return ""
		}
		return quoted(tell(v.String()))
	case protoreflect.BytesKind:
		return ""
	case protoreflect.EnumKind:
		return choice(fd.Enum(), v.Enum())
	case protoreflect.MessageKind:
		return moment(v.Message().Interface())
	default:
		return fmt.Sprint(v.Interface())
	}
}

// listed is how many of a list are told.
const listed = 20

func several(l protoreflect.List, tell func(string) string) string {
	var all []string
	for i := range min(l.Len(), listed) {
		all = append(all, quoted(tell(l.Get(i).String())))
	}
	if l.Len() > listed {
		all = append(all, fmt.Sprintf("…%d", l.Len()))
	}
	return strings.Join(all, ",")
}

// choice is a value of an enum, as sfctl writes it: rollback for RUN_MODE_ROLLBACK.
func choice(e protoreflect.EnumDescriptor, n protoreflect.EnumNumber) string {
	value, zero := e.Values().ByNumber(n), e.Values().ByNumber(0)
	if value == nil || zero == nil {
		return strconv.Itoa(int(n))
	}
	return strings.ToLower(strings.TrimPrefix(string(value.Name()), strings.TrimSuffix(string(zero.Name()), "UNSPECIFIED")))
}

// moment is a time or a duration; nothing is told of other messages.
func moment(m proto.Message) string {
	switch t := m.(type) {
	case *timestamppb.Timestamp:
		return t.AsTime().Format("2006-01-02T15:04:05.999999Z07:00")
	case *durationpb.Duration:
		return t.AsDuration().String()
	default:
		return ""
	}
}

// quoted is a text that is one word.
func quoted(s string) string {
	if s == "" || strings.ContainsAny(s, " =,\"\t\n") {
		return strconv.Quote(s)
	}
	return s
}

func short(s string) string { return clean(s, maxShort) }

// id is an identifier, or a part of one; what is none is not repeated.
func id(s string) string {
	if s != "" && !known.MatchString(s) {
		return "(no identifier)"
	}
	return s
}

func field(m proto.Message, name protoreflect.Name) protoreflect.FieldDescriptor {
	return m.ProtoReflect().Descriptor().Fields().ByName(name)
}

func text(m proto.Message, name protoreflect.Name) string {
	fd := field(m, name)
	if fd == nil || fd.Kind() != protoreflect.StringKind || fd.IsList() {
		return ""
	}
	return m.ProtoReflect().Get(fd).String()
}
