-- Which state the live tables of a dataset hold. Publish locks the row first: two
-- publishes of one dataset never mix.

-- +goose Up
create table sf_ingest.watermark (
    dataset  text primary key,
    as_of    date not null,
    batch    text collate "C" not null references sf_ingest.batch (id),
    moved_at timestamptz not null default now()
);

grant select, insert, update on sf_ingest.watermark to sf_ingest;

-- +goose Down
drop table sf_ingest.watermark;
