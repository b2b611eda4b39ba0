-- Which columns of snapshot tables were called otherwise. The catalog says with which an
-- as_of was stamped, and is never changed; beside it stands what they are called by now.

-- +goose Up
create table sf_snapshot.renamed (
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
comment on table sf_snapshot.renamed is
    'Columns that were renamed in snapshot tables; rows of one number were renamed at once, in the order of numbers. declared says that the dataset has not dropped its renamed_from since; up_to is not used here.';

create table sf_snapshot.called (
    dataset  text    not null,
    snapshot text    not null,
    as_of    date    not null,
    revision integer not null,
    columns  text[]  not null,
    primary key (dataset, snapshot, as_of, revision)
);
comment on table sf_snapshot.called is
    'What the columns of a catalog entry are called by now, in their order, of entries of which a column was renamed since.';

grant select, insert, update on sf_snapshot.renamed to sf_snapshot;
grant select, insert, update on sf_snapshot.called to sf_snapshot;
grant select on sf_snapshot.called to sf_reader;

-- +goose Down
drop table sf_snapshot.called;
drop table sf_snapshot.renamed;
