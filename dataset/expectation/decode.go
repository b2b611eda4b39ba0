package expectation

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset/nearest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Mistake is one thing wrong with an expectation.
type Mistake struct {
	// Path within the expectation: type, kwargs, or kwargs.value_set[2].
	Path string
	// Message says what was expected and what was found.
	Message string
	// Lacks are the arguments of which any one would mend it, where the mistake is that
	// none of them is given.
	Lacks []string
}

// decode reads the arguments, each by itself, and finds all that are wrong.
func decode(g *nearest.Guesses, e *datasetv1.Expectation) (Args, []Mistake) {
	kind, ok := Lookup(e.GetType())
	if !ok {
		return Args{}, []Mistake{{Path: "type", Message: unknownKind(g, e.GetType())}}
	}
	args := kind.defaults()
	given := e.GetKwargs().GetFields()
	var mistakes []Mistake
	for _, name := range slices.Sorted(maps.Keys(given)) {
		argument, known := kind.Argument(name)
		_, isForeign := foreign[name]
		switch {
		case absent(given[name]) && (known || isForeign):
			continue
		case !known:
			mistakes = append(mistakes, Mistake{Path: "kwargs." + name, Message: unknownArgument(g, kind, name)})
			continue
		}
		if err := args.set(argument, given[name]); err != nil {
			mistakes = append(mistakes, Mistake{Path: argumentPath(name, err), Message: err.Error()})
		}
	}
	for _, argument := range kind.Arguments {
		if argument.Required && absent(given[argument.Name]) {
			mistakes = append(mistakes, Mistake{Path: "kwargs", Lacks: []string{argument.Name},
				Message: fmt.Sprintf("expected the argument %s, found none: %s", argument.Name, argument.Doc)})
		}
	}
	return args, mistakes
}

// absent is true of null too, because suites that are exported write every
// argument that was not given so.
func absent(value *structpb.Value) bool {
	if value == nil {
		return true
	}
	_, null := value.GetKind().(*structpb.Value_NullValue)
	return null
}

func argumentPath(name string, err error) string {
	var element *elementError
	if errors.As(err, &element) {
		return fmt.Sprintf("kwargs.%s[%d]", name, element.index)
	}
	return "kwargs." + name
}
