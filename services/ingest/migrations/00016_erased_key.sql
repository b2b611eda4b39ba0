-- Under which key of personal values the hash of an erased key was made: such a key is in no
-- database. Empty of hashes that were made with the salt of the installation.

-- +goose Up
alter table sf_ingest.erased add column key_id text not null default '';
comment on column sf_ingest.erased.key_id is
    'ID of the key of personal values (docs/guides/personal-data.md) that the hash was made with; empty where it was the salt in sf_ingest.erase_salt.';

-- +goose Down
alter table sf_ingest.erased drop column key_id;
