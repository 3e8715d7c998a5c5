-- What was told of a group lately, settled or not, helps to judge an answer.

create index inbox_event_subject on inbox_event (subject, received_at);
