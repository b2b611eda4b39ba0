-- Where the partitions of the snapshot tables stand, those attached and those that
-- are being prepared.

-- +goose Up
create schema if not exists sf_history;
grant usage, create on schema sf_history to sf_snapshot;
grant usage on schema sf_history to sf_reader;

-- +goose Down
-- History outlives the service that wrote it: the schema and its tables stay.
revoke create on schema sf_history from sf_snapshot;
