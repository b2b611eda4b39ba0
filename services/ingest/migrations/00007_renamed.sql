-- Which columns of live tables were called otherwise: files of earlier as_of dates have
-- the older names.

-- +goose Up
create table sf_ingest.renamed (
    schema_name  text collate "C" not null,
    table_name   text collate "C" not null,
    number       bigint not null,
    column_name  text not null,
    renamed_from text not null,
    up_to        date,
    declared     boolean not null default true,
    renamed_at   timestamptz not null default now(),
    primary key (schema_name, table_name, number, column_name)
);
comment on table sf_ingest.renamed is
    'Columns that were renamed in live tables; rows of one number were renamed at once, in the order of numbers. up_to is the newest as_of that was published before, NULL where none was; declared says that the dataset has not dropped its renamed_from since.';

grant select, insert, update on sf_ingest.renamed to sf_ingest;

-- +goose Down
drop table sf_ingest.renamed;
