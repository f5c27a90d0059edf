"""Units of measure with all their spellings, as tables. Pure data."""

from __future__ import annotations

_SPELLINGS: dict[str, str] = {
    # length and area
    "mile": "miles mi milla millas mille milles meile meilen 마일 マイル 英里",
    "yard": "yards yd yds yarda yardas yards 야드 ヤード",
    "foot": "feet ft pie pies pied pieds fuß",
    "inch": "inches pulgada pulgadas pouce pouces zoll",
    "km": "kilometer kilometers kilometre kilometres kilómetro kilómetros kilomètre kilomètres kilometern 킬로미터"
    " 公里",
    "m": "meter meters metre metres metro metros mètre mètres metern 미터 メートル 米",
    "cm": "centimeter centimeters centimetre centimetres centímetro centímetros centimètre centimètres zentimeter",
    "mm": "millimeter millimeters millimetre millimetres milímetros millimètres",
    "square km": "km² sq_km",
    "square m": "m² sq_m",
    "square mile": "sq_mi sq_mile sq_miles",
    "acre": "acres",
    "hectare": "hectares ha hectárea hectáreas hektar",
    # weight and volume
    "kg": "kilogram kilograms kilo kilos kilogramm kilogramo kilogramos kilogramme kilogrammes 킬로그램",
    "g": "gram grams gramm gramos grammes",
    "lb": "lbs pound pounds pfund",
    "ton": "tons tonne tonnes tonelada toneladas tonnen 톤",
    "liter": "liters litre litres litro litros",
    # time
    "year": "years año años an ans année années jahr jahre jahren 년 해 年",
    "month": "months mes meses mois monat monate monaten 개월 달 か月 ヶ月 カ月 个月 個月",
    "week": "weeks semana semanas semaine semaines woche wochen 주 週間 周",
    "day": "days día días jour jours tag tage tagen 일 日",
    "hour": "hours hora horas heure heures stunde stunden 시간 時間 小时 小時",
    "minute": "minutes min minuto minutos minuten 분 分",
    "second": "seconds sec secs segundo segundos seconde secondes sekunde sekunden 초 秒",
    "decade": "decades década décadas décennie décennies jahrzehnt jahrzehnte jahrzehnten",
    "century": "centuries siglo siglos siècle siècles jahrhundert jahrhunderte jahrhunderten",
    # shares, heat, speed, power
    "%": "％ percent per_cent pct prozent 퍼센트",
    "°": "º degree degrees grado grados degré degrés grad",
    "°C": "℃",
    "°F": "℉",
    "km/h": "kph kmh",
    "mph": "",
    "watt": "watts",
    "mw": "megawatt megawatts",
    # money
    "$": "dollar dollars dólar dólares 달러 ドル 美元",
    "€": "euro euros 유로 ユーロ 欧元",
    "₩": "won 원",
    "¥": "yen yuan 円 元",
    # shots
    "round": "rounds",
}
UNITS: dict[str, str] = {
    spelling.replace("_", " "): unit
    for unit, spellings in _SPELLINGS.items()
    for spelling in (unit.lower(), *spellings.split())
}
"""Spelling, in lower case where it has one, to the unit."""
CURRENCIES: dict[str, str] = {"US$": "$", "$": "$", "€": "€", "£": "£", "₩": "₩", "¥": "¥", "￥": "¥"}
"""Signs before a figure."""
