"""The tables that come with the laboratory: their names, and what stands to be predicted. lab/data/tables/files.py reads them."""

from __future__ import annotations

from models.words.text import Text

BUNDLED: dict[str, Text] = {
    "iris": Text(
        "Iris: four measurements of 150 flowers of three species",
        "붓꽃: 세 품종의 꽃 150송이를 잰 네 가지 값",
    ),
    "salary": Text(
        "Salary: years of work, certificates and monthly pay in million won (invented)",
        "급여: 경력 연수, 자격증 수, 월급(백만 원, 지어낸 값)",
    ),
    "salary6": Text(
        "Six salaries: years of work and monthly pay in million won (invented)",
        "급여 6명: 경력 연수와 월급(백만 원, 지어낸 값)",
    ),
    "blood_pressure": Text(
        "Blood pressure: age and pressure of eight people (synthetic)",
        "혈압: 여덟 사람의 나이와 혈압(합성 데이터)",
    ),
    "apartment": Text(
        "Apartments: area in m², rooms, distance to the centre in km, age in years; price in million won (synthetic)",
        "아파트: 면적(m²), 방 수, 중심까지 거리(km), 지은 지 몇 년(age), 가격(백만 원, 합성 데이터)",
    ),
}

# What stands to be predicted where nobody chose, for tables of which the columns alone do not say it.
BUNDLED_TARGETS = {"salary": "monthly_pay", "apartment": "price"}
