package personal

import (
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// sealedValues is the message that a text's sealed values are kept in.
var sealedValues = (&stepv1.SealedValues{}).ProtoReflect().Descriptor().FullName()

// rewriting changes the texts of one message.
type rewriting struct {
	Settled
	message protoreflect.Message
	// keeps is the field for sealed values; nil where the message has none.
	keeps  protoreflect.FieldDescriptor
	sealed []*stepv1.SealedValue
}

// rewrite changes the texts of a message in the order of its fields, and those of the messages
// in it.
func (s Settled) rewrite(m protoreflect.Message) {
	w := &rewriting{Settled: s, message: m, keeps: keeps(m.Descriptor())}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		if fd := fields.Get(i); m.Has(fd) && fd != w.keeps {
			w.field(fd, m.Get(fd))
		}
	}
	w.keep()
}

// keeps is the field of a message for sealed values; nil where it has none.
func keeps(md protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	fields := md.Fields()
	for i := range fields.Len() {
		if to := fields.Get(i).Message(); to != nil && to.FullName() == sealedValues && fields.Get(i).Cardinality() != protoreflect.Repeated {
			return fields.Get(i)
		}
	}
	return nil
}

func (w *rewriting) field(fd protoreflect.FieldDescriptor, value protoreflect.Value) {
	name := string(fd.Name())
	switch {
	case fd.IsMap():
		w.inMap(fd, value.Map())
	case fd.IsList():
		w.inList(fd, value.List())
	case fd.Kind() == protoreflect.StringKind:
		w.message.Set(fd, w.text(name, value))
	case fd.Message() != nil:
		w.rewrite(value.Message())
	}
}

func (w *rewriting) inList(fd protoreflect.FieldDescriptor, list protoreflect.List) {
	for i := range list.Len() {
		switch {
		case fd.Kind() == protoreflect.StringKind:
			list.Set(i, w.text(string(fd.Name())+"."+strconv.Itoa(i), list.Get(i)))
		case fd.Message() != nil:
			w.rewrite(list.Get(i).Message())
		}
	}
}

func (w *rewriting) inMap(fd protoreflect.FieldDescriptor, all protoreflect.Map) {
	all.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		switch {
		case fd.MapValue().Kind() == protoreflect.StringKind:
			all.Set(key, protoreflect.ValueOfString(w.Text(value.String())))
		case fd.MapValue().Message() != nil:
			w.rewrite(value.Message())
		}
		return true
	})
}

// text is a text as it may be shown; what it has of values is sealed.
func (w *rewriting) text(at string, value protoreflect.Value) protoreflect.Value {
	if w.keeps != nil {
		w.seal(at, value.String())
	}
	return protoreflect.ValueOfString(w.Text(value.String()))
}

// seal seals the values for which tokens stand in a text. Of a token that is cut off there is
// none.
func (w *rewriting) seal(at, text string) {
	key, ok := w.veil.keys.Newest()
	if !ok {
		return
	}
	for _, token := range tokens.FindAllString(text, -1) {
		of, known := w.veil.issuedAs(token)
		if !known || len(w.sealed) == mostSealed {
			continue
		}
		value, err := key.seal(w.veil.table.Dataset, w.veil.table.Name, of.column, of.value)
		if err != nil {
			continue // then nobody sees it: it is shown as it would be without
		}
		if w.few[of.column] {
			token = ""
		}
		w.sealed = append(w.sealed, &stepv1.SealedValue{
			At: at, Table: w.veil.table.Name, Column: of.column, Token: token, KeyId: key.ID, Value: value,
		})
	}
}

// keep puts what was sealed beside what other tables' veils sealed before.
func (w *rewriting) keep() {
	if len(w.sealed) == 0 {
		return
	}
	list := w.message.Mutable(w.keeps).Message()
	values := list.Mutable(list.Descriptor().Fields().ByName("values")).List()
	for _, v := range w.sealed {
		if sealedBefore(values, v) || values.Len() == mostSealed {
			continue
		}
		values.Append(protoreflect.ValueOfMessage(v.ProtoReflect()))
	}
}

// sealedBefore says whether a token that is shown is sealed at its place already.
func sealedBefore(values protoreflect.List, v *stepv1.SealedValue) bool {
	for i := range values.Len() {
		before, ok := values.Get(i).Message().Interface().(*stepv1.SealedValue)
		if ok && v.GetToken() != "" && before.GetToken() == v.GetToken() && before.GetAt() == v.GetAt() {
			return true
		}
	}
	return false
}
