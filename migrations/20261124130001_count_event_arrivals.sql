-- Two changes in one second may be told by events that agree in everything. A
-- reading settles an event only as often as it had come when the reading began.

alter table inbox_event add column arrivals integer not null default 1;
