package store

import (
	"bytes"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// stepRow and eventRow are how steps and events go to the server, as one array each.
type stepRow struct {
	Kind     run.Kind        `json:"kind"`
	State    run.StepState   `json:"state"`
	Attempts int             `json:"attempts"`
	Counts   json.RawMessage `json:"counts"`
	Summary  string          `json:"summary"`
}

type eventRow struct {
	Kind     run.EventKind   `json:"kind"`
	Step     run.Kind        `json:"step"`
	Attempt  int             `json:"attempt"`
	State    run.State       `json:"state"`
	Message  string          `json:"message"`
	Reason   string          `json:"reason"`
	Progress json.RawMessage `json:"progress,omitempty"`
	Counts   json.RawMessage `json:"counts,omitempty"`
}

func encodeSteps(steps []run.Step) (string, error) {
	rows := make([]stepRow, 0, len(steps))
	for _, s := range steps {
		counts, err := encodeList(s.Counts)
		if err != nil {
			return "", err
		}
		rows = append(rows, stepRow{s.Kind, s.State, s.Attempts, counts, s.Summary})
	}
	return encode(rows)
}

func encodeEvents(events []run.Event) (string, error) {
	rows := make([]eventRow, 0, len(events))
	for _, e := range events {
		row := eventRow{Kind: e.Kind, Step: e.Step, Attempt: e.Attempt, State: e.State, Message: e.Message, Reason: e.Reason}
		var err error
		if e.Progress != nil {
			if row.Progress, err = protojson.Marshal(e.Progress); err != nil {
				return "", fmt.Errorf("encode progress: %w", err)
			}
		}
		if len(e.Counts) > 0 {
			if row.Counts, err = encodeList(e.Counts); err != nil {
				return "", err
			}
		}
		rows = append(rows, row)
	}
	return encode(rows)
}

func encode(rows any) (string, error) {
	b, err := json.Marshal(rows)
	if err != nil {
		return "", fmt.Errorf("encode for the store: %w", err)
	}
	return string(withoutNUL(b)), nil
}

// encodeList writes messages as a JSON array.
func encodeList[M proto.Message](list []M) (json.RawMessage, error) {
	out := []byte{'['}
	for i, m := range list {
		if i > 0 {
			out = append(out, ',')
		}
		b, err := protojson.Marshal(m)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", m.ProtoReflect().Descriptor().Name(), err)
		}
		out = append(out, b...)
	}
	return withoutNUL(append(out, ']')), nil
}

// decodeList reads what encodeList wrote. Fields that a newer program wrote are
// passed over.
func decodeList[M any, P interface {
	*M
	proto.Message
}](b []byte) ([]P, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("decode a stored list: %w", err)
	}
	var out []P
	for _, r := range raw {
		m := P(new(M))
		if err := decode(r, m); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func decode(b []byte, m proto.Message) error {
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(b, m); err != nil {
		return fmt.Errorf("decode a stored %s: %w", m.ProtoReflect().Descriptor().Name(), err)
	}
	return nil
}

// withoutNUL replaces the escape of NUL, which jsonb refuses, by that of the
// replacement character. A backslash that is itself escaped begins no escape.
func withoutNUL(b []byte) []byte {
	nul := []byte(`\u0000`)
	if !bytes.Contains(b, nul) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] != '\\' || i+1 == len(b):
			out = append(out, b[i])
		case bytes.HasPrefix(b[i:], nul):
			out = append(out, `\ufffd`...)
			i += len(nul) - 1
		default:
			out = append(out, b[i], b[i+1])
			i++
		}
	}
	return out
}
