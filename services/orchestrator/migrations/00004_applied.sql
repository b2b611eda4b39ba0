-- When each version of a dataset became the current one, and which datasets were
-- taken out of the registry.

-- +goose Up
alter table sf_orchestrator.dataset_version
    add column application bigint,
    add column applied_at  timestamptz not null default now();
update sf_orchestrator.dataset_version v
   set applied_at = created_at, application = o.place
  from (select dataset, version, row_number() over (partition by dataset order by current, created_at, version) as place
          from sf_orchestrator.dataset_version) o
 where o.dataset = v.dataset and o.version = v.version;
alter table sf_orchestrator.dataset_version alter column application set not null;
create unique index dataset_version_application on sf_orchestrator.dataset_version (dataset, application);
comment on column sf_orchestrator.dataset_version.application is
    'Counts the applications of a dataset that made another version the current one: the greatest was made current last, whatever the clock said.';

create table sf_orchestrator.dataset_deletion (
    dataset      text collate "C" not null,
    version      text collate "C" not null,
    keep_tables  boolean not null,
    requested_by text not null,
    deleted_at   timestamptz not null default now(),
    foreign key (dataset, version) references sf_orchestrator.dataset_version (dataset, version)
);
comment on table sf_orchestrator.dataset_deletion is
    'Who took which dataset out of the registry. Its versions stay, for the runs that were made of them.';

grant delete on sf_orchestrator.table_claim to sf_orchestrator;
grant select, insert on sf_orchestrator.dataset_deletion to sf_orchestrator;

-- +goose Down
drop table sf_orchestrator.dataset_deletion;
revoke delete on sf_orchestrator.table_claim from sf_orchestrator;
alter table sf_orchestrator.dataset_version drop column application, drop column applied_at;
