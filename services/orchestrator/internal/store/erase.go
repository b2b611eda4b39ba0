package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// NoDate stands for the date of a run that concerns all of them: before any other, so that
// an erase goes before deliveries that wait.
const NoDate = "0001-01-01"

// digest is a salted hash of the keys that a request asks to erase, in their order: by it
// the request is known again, once the keys are gone.
func (s *Store) digest(ctx context.Context, req Request) (string, error) {
	if !req.Mode.Erases() {
		return "", nil
	}
	var salt string
	if err := s.pool.QueryRow(ctx, "select salt from sf_orchestrator.erase_salt").Scan(&salt); err != nil {
		return "", wrap(err, "read the salt of requests")
	}
	text, err := json.Marshal([]any{req.EraseTable, texts(req.EraseKeys)})
	if err != nil {
		return "", fmt.Errorf("hash the keys: %w", err)
	}
	mac := hmac.New(sha256.New, []byte(salt))
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil)), nil
}

func texts(keys []*stepv1.EraseKey) [][]string {
	all := make([][]string, len(keys))
	for i, k := range keys {
		all[i] = k.GetValues()
	}
	return all
}

// keepKeys keeps the keys of a new run until it has ended.
func keepKeys(ctx context.Context, tx pgx.Tx, id string, req Request) error {
	if !req.Mode.Erases() {
		return nil
	}
	keys, err := json.Marshal(texts(req.EraseKeys))
	if err == nil {
		_, err = tx.Exec(ctx, "insert into sf_orchestrator.run_key (run, keys) values ($1, $2)", id, string(keys))
	}
	return err
}

// EraseKeys returns the keys that a run is to erase.
func (s *Store) EraseKeys(ctx context.Context, id string) ([]*stepv1.EraseKey, error) {
	var text []byte
	err := s.pool.QueryRow(ctx, "select keys from sf_orchestrator.run_key where run = $1", id).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("expected the keys of run %s, found none", id)
	}
	if err != nil {
		return nil, wrap(err, "read the keys of %s", id)
	}
	var keys [][]string
	if err := json.Unmarshal(text, &keys); err != nil {
		return nil, fmt.Errorf("read the keys of %s: %w", id, err)
	}
	all := make([]*stepv1.EraseKey, len(keys))
	for i, k := range keys {
		all[i] = &stepv1.EraseKey{Values: k}
	}
	return all, nil
}

func erasedOf(ctx context.Context, q postgres.Querier, r *run.Run) error {
	if !r.Mode.Erases() {
		return nil
	}
	var erased []byte
	err := q.QueryRow(ctx, "select erased from sf_orchestrator.run where id = $1", r.ID).Scan(&erased)
	if err != nil {
		return wrap(err, "read what run %s erased", r.ID)
	}
	r.Erased, err = decodeList[stepv1.ErasedRows](erased)
	return err
}
