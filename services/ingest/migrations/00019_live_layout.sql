-- Which columns each live table had, by number, name and type, and by which of them its rows
-- were told apart: what somebody drops, adds or renames by hand moves nothing on the disk.

-- +goose Up
alter table sf_ingest.live add column layout text not null default '';
comment on column sf_ingest.live.layout is
    'JSON: OID of the table, its columns (attnum, name, type) and the attnums of its key; empty where an older version left it.';

-- +goose Down
alter table sf_ingest.live drop column layout;
