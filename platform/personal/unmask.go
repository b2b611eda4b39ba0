package personal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Unmasking decrypts what is sealed in the messages of one dataset.
type Unmasking struct {
	Keys    *Keys
	Dataset string
	// Shown keeps the values that one token stands for; empty keeps all.
	Shown string

	values  []*stepv1.UnmaskedValue
	missing []string
}

// Take decrypts what is sealed in a message, and in those in it. Number and snapshot say in the
// answer what it is.
func (u *Unmasking) Take(number int, snapshot string, m proto.Message) error {
	return eachSealed(m.ProtoReflect(), func(beside protoreflect.Message, v *stepv1.SealedValue) error {
		if u.Shown != "" && u.Shown != v.GetToken() {
			return nil
		}
		value, err := u.Keys.Unseal(u.Dataset, v)
		var gone *MissingKeyError
		switch {
		case errors.As(err, &gone):
			u.missing = append(u.missing, gone.ID)
			return nil
		case err != nil:
			return fmt.Errorf("decrypt a value of column %s of table %s: %w", v.GetColumn(), v.GetTable(), err)
		}
		told := &stepv1.UnmaskedValue{
			Number: int32(number), Snapshot: snapshot, At: v.GetAt(), Table: v.GetTable(), Column: v.GetColumn(), Shown: v.GetToken(), Value: printable(value),
		}
		if told.Shown == "" {
			told.Shown = Hidden
		}
		switch at := beside.Interface().(type) {
		case *stepv1.RowLocation:
			told.File, told.Line = at.GetFile(), at.GetLine()
		case *stepv1.Finding:
			told.File = at.GetFile()
		}
		u.values = append(u.values, told)
		return nil
	})
}

// Values are those that were decrypted. Errors: PERSONAL_KEY_MISSING, which names the keys.
func (u *Unmasking) Values() ([]*stepv1.UnmaskedValue, error) {
	if len(u.missing) == 0 {
		return u.values, nil
	}
	slices.Sort(u.missing)
	ids := strings.Join(slices.Compact(u.missing), ", ")
	return nil, problem.New(problem.PersonalKeyMissing,
		"values of dataset %s were encrypted under the key %s of personal values, which the file of keys does not have: put its line back (SF_PII_KEY_FILE) and start the service again", u.Dataset, ids).
		With("key_id", ids)
}

// eachSealed visits the sealed values of a message and of those in it, with what they stand
// beside, in their order.
func eachSealed(m protoreflect.Message, visit func(beside protoreflect.Message, v *stepv1.SealedValue) error) error {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if fd.Message() == nil || fd.IsMap() || !m.Has(fd) || !maySeal(fd.Message()) {
			continue
		}
		each := []protoreflect.Message{}
		if fd.IsList() {
			for j := range m.Get(fd).List().Len() {
				each = append(each, m.Get(fd).List().Get(j).Message())
			}
		} else {
			each = append(each, m.Get(fd).Message())
		}
		for _, inside := range each {
			var err error
			if sealed, ok := inside.Interface().(*stepv1.SealedValues); ok {
				for _, v := range sealed.GetValues() {
					err = errors.Join(err, visit(m, v))
				}
			} else {
				err = eachSealed(inside, visit)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// printable is a value as a report has it: bytes that are no UTF-8 as <0xE9>, a NUL as its
// symbol.
func printable(value string) string {
	var b strings.Builder
	for len(value) > 0 {
		r, size := utf8.DecodeRuneInString(value)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "<0x%02X>", value[0])
		case r == 0:
			b.WriteRune('\u2400')
		default:
			b.WriteRune(r)
		}
		value = value[size:]
	}
	return b.String()
}
