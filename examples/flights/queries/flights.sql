-- One row a flight, with where it leaves from and where it goes.
select
  flights.date,
  flights.delay,
  flights.delay > 15 as late,
  flights.distance,
  flights.origin,
  flights.destination,
  start.state as origin_state,
  start.latitude as origin_latitude,
  start.longitude as origin_longitude,
  goal.state as destination_state,
  goal.latitude as destination_latitude,
  goal.longitude as destination_longitude
from flights
left join airports as start on start.iata = flights.origin
left join airports as goal on goal.iata = flights.destination
